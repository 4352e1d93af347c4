package io.diskformat.inside;

import java.util.Arrays;

/**
 * Ranges of a disk, at most {@link #MOST}: if there are more, the smallest are left out, and then
 * the last. Not thread-safe.
 */
final class RangeList {
  private static final int MOST = 1 << 20;
  private static final int FIRST_CAPACITY = 64;

  /** The start and the end of each range in turn. */
  private long[] bounds = new long[FIRST_CAPACITY];

  private int count;
  private long least = 1;

  /** Whether leaving out the smallest ranges would leave too few. */
  private boolean full;

  void add(long offset, long length) {
    if (length < least) {
      return;
    }
    if (count > 0 && bounds[2 * count - 1] == offset) {
      bounds[2 * count - 1] = offset + length;
      return;
    }
    if (count == MOST && (full || !leaveOutSmallest())) {
      full = true;
      return;
    }
    if (2 * count == bounds.length) {
      bounds = Arrays.copyOf(bounds, 4 * count);
    }
    bounds[2 * count] = offset;
    bounds[2 * count + 1] = offset + length;
    count++;
  }

  /** Makes room by leaving out ranges, and returns whether that did. */
  private boolean leaveOutSmallest() {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      kept += end(i) - start(i) >= 2 * least ? 1 : 0;
    }
    if (kept < MOST / 4) {
      return false;
    }
    least *= 2;
    kept = 0;
    for (int i = 0; i < count; i++) {
      if (end(i) - start(i) >= least) {
        bounds[2 * kept] = start(i);
        bounds[2 * kept + 1] = end(i);
        kept++;
      }
    }
    count = kept;
    return count < MOST || leaveOutSmallest();
  }

  void addAll(RangeList others) {
    for (int i = 0; i < others.count; i++) {
      add(others.start(i), others.end(i) - others.start(i));
    }
  }

  /** Puts the ranges in order, and joins those that touch. */
  void sort() {
    Long[] order = new Long[count];
    for (int i = 0; i < count; i++) {
      order[i] = (long) i;
    }
    Arrays.sort(order, (a, b) -> Long.compare(start(a.intValue()), start(b.intValue())));
    RangeList sorted = new RangeList();
    for (Long index : order) {
      sorted.add(start(index.intValue()), end(index.intValue()) - start(index.intValue()));
    }
    bounds = sorted.bounds;
    count = sorted.count;
  }

  int count() {
    return count;
  }

  long start(int index) {
    return bounds[2 * index];
  }

  long end(int index) {
    return bounds[2 * index + 1];
  }

  /** Returns how many ranges end at an offset or before it; they must be in order. */
  int endedAt(long offset) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (end(middle) <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  long bytes() {
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      bytes += end(i) - start(i);
    }
    return bytes;
  }
}
