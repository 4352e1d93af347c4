package io.diskformat.inside.fat;

import io.diskformat.CorruptImageException;
import java.io.IOException;

/**
 * Follows the clusters of a file. Finds a cycle after at most three times as many steps as there
 * are clusters: it remembers one cluster, and replaces it by the present one after 1, 2, 4, 8
 * steps, and so on. For one thread.
 */
final class Chain {
  private final FatVolume volume;
  private final int first;
  private boolean begun;
  private int current;
  private int remembered;
  private long steps;
  private long exchange = 1;

  /**
   * Begins a chain.
   *
   * @param first the number of its first cluster
   * @throws CorruptImageException if there is none of that number
   */
  Chain(FatVolume volume, long first) throws CorruptImageException {
    if (!volume.boot().hasCluster(first)) {
      throw volume.corrupt("chain of clusters", -1, "begins with cluster " + first);
    }
    this.volume = volume;
    this.first = (int) first;
    this.current = this.first;
    this.remembered = this.first;
  }

  /**
   * Returns the number of the next cluster, or {@link Table#NONE} after the last.
   *
   * @throws CorruptImageException if what comes next is no cluster, or one that was there
   */
  int next() throws IOException {
    if (!begun) {
      begun = true;
      return current;
    }
    if (current == Table.NONE) {
      return current;
    }
    int next = volume.table().next(current);
    if (next == remembered) {
      throw volume.corrupt(
          "chain of clusters",
          -1,
          "that begins with cluster %d comes back to cluster %d".formatted(first, next));
    }
    steps++;
    if (steps == exchange) {
      remembered = next;
      exchange *= 2;
      steps = 0;
    }
    current = next;
    return next;
  }
}
