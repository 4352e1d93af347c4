package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.ImageInput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.zip.Inflater;

/** Decompresses grains, one at a time. */
final class GrainDecoder implements ImageInput.Decoder {
  private final String name;
  private final SparseHeader header;
  private final Inflater inflater = new Inflater();

  GrainDecoder(String name, SparseHeader header) {
    this.name = name;
    this.header = header;
  }

  @Override
  public void decode(long offset, byte[] encoded, MemorySegment target) throws IOException {
    inflater.reset();
    inflater.setInput(encoded);
    long needed = Math.min(target.byteSize(), header.size() - offset);
    String problem = GrainStreams.inflate(inflater, target.asByteBuffer(), needed);
    if (problem != null) {
      throw new CorruptImageException(
          name, "compressed grain of offset " + offset + " of the disk", -1, problem);
    }
  }

  void close() {
    inflater.end();
  }
}
