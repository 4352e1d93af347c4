package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Where an L1 table is: that of the disk, or of a snapshot. It is an array of {@link L1Entry}.
 *
 * @param position position of the table in the file, in bytes
 * @param entries how many entries it has
 */
record L1Table(long position, int entries) {
  /** The most entries to keep in memory, 1 MiB: enough for 64 TiB with clusters of 64 KiB. */
  private static final int MAX_WORDS = 1 << 17;

  /**
   * Returns how many entries the table of a disk needs.
   *
   * @param size of the disk, in bytes
   * @param coverage how many bytes of the disk one L2 table covers
   */
  static long entriesFor(long size, long coverage) {
    return Math.ceilDiv(size, coverage);
  }

  /** Returns where an entry is in the file. */
  long entryPosition(long index) {
    return position + (index << L1Entry.SIZE_BITS);
  }

  /** Returns the length of the table, in bytes. */
  long length() {
    return (long) entries << L1Entry.SIZE_BITS;
  }

  /** Returns where the table ends in the file. */
  long end() {
    return position + length();
  }

  /** Returns the entries, if they are few enough to be kept, and all in the file; or else null. */
  long @Nullable [] words(Storage storage) throws IOException {
    if (entries > MAX_WORDS || (entries > 0 && end() > storage.size())) {
      return null;
    }
    long[] words = new long[entries];
    if (entries > 0) {
      // An empty table may begin beyond the end of the file.
      storage.read(position, entries << L1Entry.SIZE_BITS).asLongBuffer().get(words);
    }
    return words;
  }
}
