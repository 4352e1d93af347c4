package io.diskformat.qcow2;

import java.io.IOException;
import java.util.stream.LongStream;

/** Finds the clusters of a window that hold a table and that something else uses as well. */
final class OverlapSearch {
  /** The most L2 tables to search, 32 MiB of positions. */
  private static final int MOST_TABLES = 1 << 22;

  private final CheckedFile file;
  private final ReferenceCheck references;
  private final RefcountsInFile refcounts;
  private final ReferenceCounts counts;
  private final Overlaps overlaps = new Overlaps();
  private final int clusterBits;

  OverlapSearch(
      CheckedFile file,
      ReferenceCheck references,
      RefcountsInFile refcounts,
      ReferenceCounts counts) {
    this.file = file;
    this.references = references;
    this.refcounts = refcounts;
    this.counts = counts;
    this.clusterBits = file.header().clusterBits();
  }

  /** Returns the shared clusters, once all references to clusters of the window are counted. */
  Overlaps find() throws IOException {
    if (!counts.isShared() && !references.overflowed()) {
      return overlaps;
    }
    references.visitRanges((structure, position, offset, size) -> {
      if (size > 0 && !file.exceeds(offset, size)) {
        long stop = ((offset + size - 1) >>> clusterBits) + 1;
        for (long cluster = offset >>> clusterBits; cluster < stop; cluster++) {
          check(cluster, 1, structure);
        }
      }
    });
    for (int i = 0; i < refcounts.entries(); i++) {
      if (refcounts.target(i) != 0 && refcounts.isSound(i) && !refcounts.isReserved(i)) {
        check(refcounts.target(i) >>> clusterBits, 1, "refcount block " + i);
      }
    }
    checkL2Tables();
    return overlaps;
  }

  private void checkL2Tables() throws IOException {
    LongStream.Builder places = LongStream.builder();
    int[] held = new int[1];
    references.visitL2Tables((position, active) -> {
      if (file.isAligned(position) && held[0] <= MOST_TABLES) {
        places.add(position >>> clusterBits);
        held[0]++;
      }
    });
    if (held[0] > MOST_TABLES) {
      return;
    }
    long[] tables = places.build().sorted().toArray();
    for (int first = 0, next; first < tables.length; first = next) {
      next = first + 1;
      while (next < tables.length && tables[next] == tables[first]) {
        next++;
      }
      check(tables[first], next - first, "an L2 table");
    }
  }

  private void check(long cluster, long own, String owner) {
    if (!counts.covers(cluster)) {
      return;
    }
    long counted = counts.get(cluster);
    boolean shared = counted > own && (counted < counts.max() || own == 1);
    // A count of one bit cannot exceed 1.
    if (shared || (own == 1 && references.overflowed(cluster))) {
      overlaps.add(cluster, owner, counted - own);
    }
  }
}
