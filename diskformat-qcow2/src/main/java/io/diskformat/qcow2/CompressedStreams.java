package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Stores compressed clusters: streams that follow each other, and so share clusters of the file.
 * Thread-safe; while it holds its lock it takes that of the {@link ClusterAllocator}.
 */
final class CompressedStreams {
  private final Storage storage;
  private final ClusterReader entries;
  private final ClusterAllocator clusters;
  private final int clusterBits;

  /** The position of the next stream if its cluster has room; 0 if there is no such cluster. */
  private long end;

  CompressedStreams(
      Storage storage, ClusterReader entries, ClusterAllocator clusters, int clusterBits) {
    this.storage = storage;
    this.entries = entries;
    this.clusters = clusters;
    this.clusterBits = clusterBits;
  }

  /** Writes the L2 entry of a stream into its table. */
  @FunctionalInterface
  interface Linking {
    void entry(long entry) throws IOException;
  }

  /** Stores a stream, shorter than a cluster, and gives its room back if it cannot be linked. */
  void store(MemorySegment stream, Linking linking) throws IOException {
    int length = (int) stream.byteSize();
    long position = allocate(length);
    boolean linked = false;
    try {
      storage.write(position, stream);
      linking.entry(entries.entryOf(position, length));
      linked = true;
    } finally {
      if (!linked) {
        abandon(position, length);
      }
    }
  }

  private synchronized long allocate(int length) throws IOException {
    long mask = (1L << clusterBits) - 1;
    long last = end >>> clusterBits;
    long room = (end & mask) == 0 ? 0 : mask + 1 - (end & mask);
    long position = end;
    if (length > room || !clusters.share(last)) {
      long next = clusters.allocate(1).position();
      boolean adjacent = room > 0 && next >>> clusterBits == last + 1;
      position = adjacent && shareBefore(next) ? end : next;
    }
    end = position + length;
    return position;
  }

  /** Adds a reference to the cluster before one that is new, which is given back if that fails. */
  private boolean shareBefore(long next) throws IOException {
    boolean looked = false;
    try {
      boolean shared = clusters.share((next >>> clusterBits) - 1);
      looked = true;
      return shared;
    } finally {
      if (!looked) {
        clusters.abandon(next, 1);
      }
    }
  }

  private synchronized void abandon(long position, int length) throws IOException {
    long last = (position + length - 1) >>> clusterBits;
    for (long cluster = position >>> clusterBits; cluster <= last; cluster++) {
      if (clusters.giveUp(cluster) && end >>> clusterBits == cluster) {
        end = 0;
      }
    }
  }

  /**
   * Forgets the cluster with room if it has become free; called before freed clusters are handed
   * out again.
   */
  synchronized void settle() {
    long before = end;
    end = 0;
    try {
      if (clusters.isUsed(before >>> clusterBits)) {
        end = before;
      }
    } catch (IOException e) {
      // Then the next stream begins a cluster of its own.
    }
  }
}
