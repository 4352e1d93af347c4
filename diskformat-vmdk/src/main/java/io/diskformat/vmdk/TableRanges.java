package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Arrays;

/** The ranges of an extent's file that hold its header, descriptor and tables, in whole sectors. */
final class TableRanges {
  /** The most separate ranges: enough for 2 TiB in tables of 2 MiB. */
  private static final int MOST = 1 << 20;

  /** The low bits of a range, which hold its length in sectors; the others, its first sector. */
  private static final int LENGTH_BITS = 31;

  private static final long LENGTH = (1L << LENGTH_BITS) - 1;
  private static final long SECTOR = 1L << ExtentLine.SECTOR_BITS;

  private final Storage storage;
  private long[] ranges = new long[16];
  private int count;

  TableRanges(Storage storage) {
    this.storage = storage;
  }

  private static long start(long range) {
    return range >>> LENGTH_BITS << ExtentLine.SECTOR_BITS;
  }

  private static long end(long range) {
    return start(range) + ((range & LENGTH) << ExtentLine.SECTOR_BITS);
  }

  private static long range(long start, long end) {
    long sectors = (end - start + SECTOR - 1) >>> ExtentLine.SECTOR_BITS;
    return start >>> ExtentLine.SECTOR_BITS << LENGTH_BITS | sectors;
  }

  /**
   * Adds a range.
   *
   * @param start where it begins in the file, in bytes, at a sector
   * @param length in bytes
   */
  void add(long start, long length) throws IOException {
    if (length == 0) {
      return;
    }
    if (count > 0 && end(ranges[count - 1]) == start) {
      ranges[count - 1] = range(start(ranges[count - 1]), start + length);
      return;
    }
    if (count == MOST) {
      throw new UnsupportedFeatureException(
          storage.name(),
          "writing a VMDK extent whose tables are in more than " + MOST + " places");
    }
    if (count == ranges.length) {
      ranges = Arrays.copyOf(ranges, 2 * count);
    }
    ranges[count++] = range(start, start + length);
  }

  /**
   * Ends the adding of ranges.
   *
   * @throws CorruptImageException if two of them overlap
   */
  void seal() throws CorruptImageException {
    Arrays.sort(ranges, 0, count);
    for (int i = 1; i < count; i++) {
      if (end(ranges[i - 1]) > start(ranges[i])) {
        throw new CorruptImageException(
            storage.name(),
            "tables",
            start(ranges[i]),
            "overlap each other, or the header or descriptor");
      }
    }
  }

  /** Receives a range of the file, in bytes. */
  @FunctionalInterface
  interface Visitor {
    void visit(long start, long end);
  }

  /** Visits all ranges. */
  void forEach(Visitor visitor) {
    for (int i = 0; i < count; i++) {
      visitor.visit(start(ranges[i]), end(ranges[i]));
    }
  }

  /** Returns whether a range of the file, in bytes, overlaps one of these. */
  boolean overlap(long start, long end) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (end(ranges[middle]) > start) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low < count && start(ranges[low]) < end;
  }
}
