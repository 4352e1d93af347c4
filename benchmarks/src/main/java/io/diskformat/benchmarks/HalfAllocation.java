package io.diskformat.benchmarks;

import java.util.Random;

/** Chooses half of a disk's clusters to allocate, and their order, both at random. */
final class HalfAllocation {
  private final int[] clusters;
  private final int count;

  /** Chooses among {@code of} clusters, the same ones each time. */
  HalfAllocation(int of) {
    clusters = new int[of];
    count = of / 2;
    Random random = new Random(7);
    for (int i = 0; i < of; i++) {
      int other = random.nextInt(i + 1);
      clusters[i] = clusters[other];
      clusters[other] = i;
    }
  }

  /** Returns how many clusters are allocated. */
  int count() {
    return count;
  }

  /** Returns the cluster of the disk whose data is stored {@code n}th. */
  int stored(int n) {
    return clusters[n];
  }

  /** Returns a bit for each cluster of the disk that is allocated. */
  long[] bits() {
    long[] bits = new long[(clusters.length + Long.SIZE - 1) / Long.SIZE];
    for (int i = 0; i < count; i++) {
      bits[clusters[i] >>> 6] |= 1L << clusters[i];
    }
    return bits;
  }
}
