package io.diskformat.qcow2;

import java.io.IOException;

/**
 * Moves refcount blocks, and the refcount table, to where clusters are free before a bound, and
 * gives up blocks in which nothing is counted. A flush makes a block durable before the table
 * points to it, and a table before the header does.
 */
final class RefcountMoves {
  private final CompactionImage image;
  private final Refcounts refcounts;
  private final ClusterAllocator allocator;
  private final MetadataRegions metadata;
  private final int clusterBits;

  RefcountMoves(CompactionImage image) {
    this.image = image;
    this.refcounts = image.tables().refcounts();
    this.allocator = image.allocator();
    this.metadata = image.tables().metadata();
    this.clusterBits = image.clusterBits();
  }

  /** Gives up what is not needed, and makes that durable; returns how many clusters. */
  long shorten() throws IOException {
    image.flush();
    long given = 0;
    long[] blocks = refcounts.blocks();
    int last = 0;
    for (int i = 0; i < blocks.length; i++) {
      if (blocks[i] != 0 && refcounts.isEmpty(i)) {
        refcounts.removeBlock(i);
        allocator.free(blocks[i] >>> clusterBits);
        given++;
      } else if (blocks[i] != 0) {
        last = i;
      }
    }
    image.flush();
    long bytes = (last + 1L) << RefcountTableEntry.SIZE_BITS;
    return given + shortenTable(image.tables().header().clustersOf(bytes));
  }

  private long shortenTable(int clusters) throws IOException {
    int before = refcounts.tableClusters();
    if (clusters < before) {
      image.flushCounts();
      image.tables().fields().refcountTable(refcounts.tablePosition(), clusters);
      refcounts.growTable(clusters, false);
      allocator.free((refcounts.tablePosition() >>> clusterBits) + clusters, before - clusters);
      image.flush();
    }
    return (long) before - clusters;
  }

  /**
   * Moves what is not before a bound, as far as there is room, and makes that durable; returns how
   * much.
   */
  long run(long dense) throws IOException {
    image.flush();
    long count = 0;
    long[] blocks = refcounts.blocks();
    for (int i = 0; i < blocks.length; i++) {
      long block = blocks[i] >>> clusterBits;
      long target = block < dense ? -1 : allocator.allocateBefore(dense, 1);
      if (target >= 0) {
        refcounts.moveBlock(i, target << clusterBits);
        metadata.add(target, 1, MetadataRegions.Kind.REFCOUNT_BLOCK);
        allocator.free(block);
        image.progress().add(image.clusterSize());
        count++;
      }
      image.flushIfMuch();
    }
    image.flush();
    return count + moveTable(dense);
  }

  private long moveTable(long dense) throws IOException {
    long first = refcounts.tablePosition() >>> clusterBits;
    int clusters = refcounts.tableClusters();
    long target = first + clusters <= dense ? -1 : allocator.allocateBefore(first, clusters);
    if (target < 0) {
      return 0;
    }
    metadata.add(target, clusters, MetadataRegions.Kind.REFCOUNT_TABLE);
    refcounts.growTable(clusters, true);
    refcounts.placeTable(target << clusterBits);
    allocator.free(first, clusters);
    image.flush();
    return 1;
  }
}
