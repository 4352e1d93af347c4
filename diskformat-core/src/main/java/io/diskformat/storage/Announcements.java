package io.diskformat.storage;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Remembers which regions of a file were announced to be read, as far as recently, and which of
 * them have been read since. A first read of a region touches each page once, so that a system call
 * is cheaper than faults of the mapping; later reads are better served by the mapping, whose pages
 * stay. Its memory does not grow with the file.
 *
 * <p>Thread-safe. Takes no lock and allocates no object. If threads overwrite each other's marks,
 * or regions share one, a read is only slower.
 */
final class Announcements {
  /** The binary logarithm of the length of a region, in bytes: engines read 2 MiB at a time. */
  private static final int REGION_BITS = 21;

  /**
   * The number of announced regions that are remembered, a power of two: enough for several
   * engines.
   */
  private static final int SLOTS = 256;

  /** The number of regions that are marked as read, a power of two: 64 GiB of a file. */
  private static final int MARKS = 1 << 15;

  /**
   * The numbers of the regions announced last, plus one, each in the slot of its number; 0 for
   * none.
   */
  private final AtomicLongArray announced = new AtomicLongArray(SLOTS);

  /** One bit for each region that was read to its end. */
  private final AtomicLongArray read = new AtomicLongArray(MARKS / Long.SIZE);

  /** Records the announcement of a range. */
  void add(long position, long length) {
    if (length <= 0) {
      return;
    }
    long last = (position + length - 1) >>> REGION_BITS;
    for (long region = Math.max(position >>> REGION_BITS, last - SLOTS + 1);
        region <= last;
        region++) {
      announced.setOpaque(slot(region), region + 1);
    }
  }

  /**
   * Returns whether a range that is read now was announced and is read for the first time, judged
   * by the region in which it begins. Marks the regions whose end it reaches as read.
   */
  boolean isFirstRead(long position, long length) {
    long first = position >>> REGION_BITS;
    if (announced.getOpaque(slot(first)) != first + 1
        || (read.getOpaque(word(first)) & bit(first)) != 0) {
      return false;
    }
    long end = (position + length) >>> REGION_BITS;
    for (long region = first; region < end; region++) {
      int word = word(region);
      read.setOpaque(word, read.getOpaque(word) | bit(region));
    }
    return true;
  }

  private static int slot(long region) {
    return (int) region & (SLOTS - 1);
  }

  private static int word(long region) {
    return (int) (region >>> 6) & (MARKS / Long.SIZE - 1);
  }

  private static long bit(long region) {
    return 1L << (region & (Long.SIZE - 1));
  }
}
