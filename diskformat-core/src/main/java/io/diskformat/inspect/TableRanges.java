package io.diskformat.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The ranges of the partitions that a table lists. */
final class TableRanges {
  /**
   * A partition.
   *
   * @param start its first byte
   * @param end behind its last byte
   * @param entry where its entry is
   */
  private record Range(String name, long start, long end, long entry) {}

  private final List<Range> ranges = new ArrayList<>();

  void add(String name, long start, long end, long entry) {
    ranges.add(new Range(name, start, end, entry));
  }

  boolean hasStart(long start) {
    return ranges.stream().anyMatch(range -> range.start() == start);
  }

  /** Reports the first two that overlap. */
  void findOverlap(Contradictions contradictions) {
    List<Range> sorted = ranges.stream().sorted(Comparator.comparingLong(Range::start)).toList();
    for (int i = 1; i < sorted.size(); i++) {
      Range before = sorted.get(i - 1);
      Range range = sorted.get(i);
      if (before.end() > range.start()) {
        contradictions.found(range.entry(), before.name() + " and " + range.name() + " overlap");
        return;
      }
    }
  }

  /** Reports the first that ends beyond a disk. */
  void findBeyond(long size, Contradictions contradictions) {
    for (Range range : ranges) {
      if (range.end() > size) {
        contradictions.found(
            range.entry(),
            range.name() + " ends at byte " + range.end() + ", and the disk at " + size);
        return;
      }
    }
  }
}
