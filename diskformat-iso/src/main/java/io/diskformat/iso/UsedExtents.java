package io.diskformat.iso;

import io.diskformat.CheckReport;
import io.diskformat.filesystem.DeviceBytes;
import java.util.Arrays;

/**
 * The used ranges of a disc, and whether any overlap. Several files may have the same range, as
 * trees share their content. Each range is one number, so that a million takes 8 MiB.
 */
final class UsedExtents {
  private static final int LENGTH_BITS = 24;
  private static final int MOST = 1 << 20;

  /** The unit of ranges: the smallest block there is. */
  private static final int UNIT = 512;

  private final DeviceBytes disc;
  private final CheckReport.Builder report;
  private long[] ranges = new long[64];
  private int count;
  private boolean tooMany;

  /** The ranges of the first tree, in order, once it is complete. */
  private long[] first = {};

  UsedExtents(DeviceBytes disc, CheckReport.Builder report) {
    this.disc = disc;
    this.report = report;
  }

  /** Notes a range, and checks that it is on the disc. */
  void add(String structure, long at, long position, long length) {
    if (length == 0) {
      return;
    }
    if (position < 0 || position > disc.size() - length) {
      report.corruption(
          structure,
          at,
          length + " bytes at " + position,
          "a range of the image, of " + disc.size() + " bytes");
      return;
    }
    report.usedUpTo(position + length);
    if (count == MOST) {
      tooMany = true;
      return;
    }
    if (count == ranges.length) {
      ranges = Arrays.copyOf(ranges, 2 * count);
    }
    ranges[count++] = packed(position, length);
  }

  private static long packed(long position, long length) {
    long units = Math.min((length + UNIT - 1) / UNIT, (1L << LENGTH_BITS) - 1);
    return ((position / UNIT) << LENGTH_BITS) | units;
  }

  /** Notes that all of the first tree was added. */
  void endFirstTree() {
    first = Arrays.copyOf(ranges, count);
    Arrays.sort(first);
  }

  /** Returns whether the first tree has this content, as far as that is known. */
  boolean isOfFirstTree(long position, long length) {
    return tooMany || Arrays.binarySearch(first, packed(position, length)) >= 0;
  }

  /** Looks for ranges that have a part in common, and not all. */
  void check(int blockSize) {
    if (tooMany) {
      report.checkError(
          "extents", -1, "more than " + MOST, "few enough to see whether any overlap");
      return;
    }
    Arrays.sort(ranges, 0, count);
    long end = 0;
    long last = -1;
    for (int i = 0; i < count; i++) {
      long start = ranges[i] >>> LENGTH_BITS;
      long length = ranges[i] & (1L << LENGTH_BITS) - 1;
      if (ranges[i] != last && start < end) {
        report.corruption(
            "extents",
            start * UNIT,
            "used, and so is a range that ends at " + end * UNIT + ", in part",
            "a range of its own, or all of another");
      }
      last = ranges[i];
      end = Math.max(end, start + length);
    }
  }
}
