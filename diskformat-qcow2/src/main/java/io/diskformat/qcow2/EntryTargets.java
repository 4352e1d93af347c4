package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;

/**
 * The clusters of the file that L2 entries refer to: an entry of a compressed cluster may refer to
 * two, one of a plain cluster to one or to none.
 */
final class EntryTargets {
  /** Receives the number of a cluster of the file. */
  @FunctionalInterface
  private interface Target {
    void cluster(long cluster) throws IOException;
  }

  private final String image;
  private final ClusterAllocator allocator;
  private final ClusterReader compressed;
  private final int clusterBits;
  private final boolean externalData;

  EntryTargets(ImageTables tables, ClusterReader compressed) {
    this.image = tables.storage().name();
    this.allocator = tables.allocator();
    this.compressed = compressed;
    this.clusterBits = tables.header().clusterBits();
    this.externalData = tables.header().has(Qcow2Header.EXTERNAL_DATA);
  }

  /** Gives up the references of an entry that is in no table any more. */
  void free(long entry) throws IOException {
    visit(entry, allocator::free);
  }

  /**
   * Adds a reference to each target of an entry.
   *
   * @throws UnsupportedFeatureException if a refcount is too narrow; then none was added
   */
  void share(long entry) throws IOException {
    long[] shared = {0};
    try {
      visit(
          entry,
          cluster -> {
            shareCluster(cluster);
            shared[0]++;
          });
    } catch (IOException e) {
      visit(
          entry,
          cluster -> {
            if (shared[0]-- > 0) {
              var _ = allocator.giveUp(cluster);
            }
          });
      throw e;
    }
  }

  /** Takes back what {@link #share} did. */
  void unshare(long entry) throws IOException {
    visit(entry, cluster -> allocator.giveUp(cluster));
  }

  /**
   * Adds a reference to a cluster of the file.
   *
   * @throws UnsupportedFeatureException if its refcount is too narrow
   * @throws CorruptImageException if it is counted as free
   */
  void shareCluster(long cluster) throws IOException {
    if (!allocator.share(cluster)) {
      if (!allocator.isUsed(cluster)) {
        throw new CorruptImageException(
            image, "cluster", cluster << clusterBits, "is referred to, but counted as free");
      }
      throw new UnsupportedFeatureException(
          image,
          "one more snapshot of a cluster that has as many references as a refcount can count,"
              + " which more refcount_bits would allow");
    }
  }

  private void visit(long entry, Target target) throws IOException {
    if (externalData) {
      return;
    }
    if (!L2Entry.isCompressed(entry)) {
      if (L2Entry.place(entry) != 0) {
        target.cluster(L2Entry.place(entry) >>> clusterBits);
      }
      return;
    }
    if (!compressed.isPlaced(entry)) {
      // It refers to nothing. The change that replaced it must not fail any more.
      return;
    }
    long last = (compressed.end(entry) - 1) >>> clusterBits;
    for (long cluster = compressed.position(entry) >>> clusterBits; cluster <= last; cluster++) {
      target.cluster(cluster);
    }
  }
}
