package io.diskformat.vmdk;

import io.diskformat.ImageOutput;
import io.diskformat.storage.DeflateCompressor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Compresses grains, one at a time. */
final class GrainEncoder implements ImageOutput.Encoder {
  /** The level of zlib whose streams are about as long as QEMU's. */
  private static final int LEVEL = 6;

  private final DeflateCompressor compressor =
      new DeflateCompressor(DeflateCompressor.Framing.ZLIB, LEVEL);
  private final byte[] plain;
  private final byte[] stream;

  GrainEncoder(int grainBytes) {
    plain = new byte[grainBytes];
    // The stream of a grain that does not get smaller is a little longer than the grain.
    stream = new byte[(int) GrainStreams.mostBytes(grainBytes)];
  }

  @Override
  public byte[] encode(MemorySegment content) {
    MemorySegment.ofArray(plain).copyFrom(content);
    int length = compressor.compress(plain, stream);
    if (length == 0) {
      throw new IllegalStateException("a stream of more than " + stream.length + " bytes");
    }
    return Arrays.copyOf(stream, length);
  }

  void close() {
    compressor.close();
  }
}
