package io.diskformat;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over the ranges of a disk that a {@link DirtyBitmap} records as written, in ascending
 * order; no two are adjacent. Not thread-safe. Its memory does not grow with the disk.
 */
@FunctionalInterface
public interface DirtyCursor {

  /**
   * A range of a disk that may have been written.
   *
   * @param offset where it begins, in bytes
   * @param length its length, in bytes; positive
   */
  record Range(long offset, long length) {
    /** Returns where the range ends: the offset of the byte after its last. */
    public long end() {
      return offset + length;
    }
  }

  /**
   * Returns the next range, or null when there are no more.
   *
   * @throws DiskFormatException if the bitmap is corrupt
   * @throws IOException if it cannot be read
   */
  @Nullable Range next() throws IOException;
}
