package io.diskformat.qcow2;

import java.io.Closeable;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Decompresses one stream at a time. */
abstract class Decompressor implements Closeable {
  private byte[] buffer = new byte[0];

  /** Returns a buffer of at least {@code length} bytes, which is used again for the next stream. */
  final byte[] buffer(int length) {
    if (buffer.length < length) {
      buffer = new byte[length];
    }
    return buffer;
  }

  /**
   * Fills {@code target} from the stream at the start of {@code source}.
   *
   * @return what is wrong with the stream, or null
   */
  abstract @Nullable String decompress(byte[] source, int length, MemorySegment target);

  /**
   * Fills {@code target} from the stream at the start of {@code source}, and returns how many bytes
   * the stream itself has; -1 if it is no stream, or has no end.
   */
  abstract int streamLength(byte[] source, int length, MemorySegment target);

  @Override
  public abstract void close();
}
