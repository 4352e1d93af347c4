package io.diskformat.qcow2;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Raw deflate. As in QEMU, a stream need not have ended when the cluster is full. */
final class ZlibDecompressor extends Decompressor {
  private final Inflater inflater = new Inflater(true);

  @Override
  @Nullable String decompress(byte[] source, int length, MemorySegment target) {
    inflater.reset();
    inflater.setInput(source, 0, length);
    ByteBuffer bytes = target.asByteBuffer();
    try {
      while (bytes.hasRemaining()) {
        if (inflater.inflate(bytes) == 0) {
          return "its stream ends after " + bytes.position() + " of " + bytes.limit() + " bytes";
        }
      }
      return null;
    } catch (DataFormatException e) {
      return "its stream is no deflate stream: " + e.getMessage();
    }
  }

  @Override
  int streamLength(byte[] source, int length, MemorySegment target) {
    if (decompress(source, length, target) != null) {
      return -1;
    }
    try {
      // The end of the stream comes after the last byte of content.
      int more = inflater.inflate(new byte[1]);
      return more == 0 && inflater.finished() ? (int) inflater.getBytesRead() : -1;
    } catch (DataFormatException e) {
      return -1;
    }
  }

  @Override
  public void close() {
    inflater.end();
  }
}
