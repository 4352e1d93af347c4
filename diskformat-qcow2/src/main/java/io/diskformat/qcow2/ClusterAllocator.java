package io.diskformat.qcow2;

import io.diskformat.layer.MapWriter.Placement;
import io.diskformat.storage.Storage;
import io.diskformat.table.FileEnd;
import io.diskformat.table.FreedSpace;
import java.io.IOException;

/**
 * Hands out clusters of the file, and takes them back. A cluster that is taken back keeps its
 * refcount, and is not handed out again, until the tables that no longer point to it are durable.
 *
 * <p>Thread-safe; its monitor also guards the refcounts.
 */
final class ClusterAllocator {
  /** How much may wait to be free before a flush is due, in bytes. */
  private static final long MAX_FREED_BYTES = 256 << 20;

  /** How many clusters are gone through for a table; the next one's go on from there. */
  private static final long MOST_SEARCHED = 1 << 22;

  private final Storage storage;
  private final Refcounts refcounts;
  private final MetadataRegions metadata;
  private final int clusterBits;
  private final FreedSpace freed;
  private final FileEnd end;

  /** No cluster before this is free. */
  private long firstFree;

  /** Adjacent clusters for a table are looked for from here on. */
  private long firstRun;

  /**
   * Creates an allocator.
   *
   * @param sparse whether clusters at the end of the file take up no space until they are written
   */
  ClusterAllocator(
      Storage storage,
      Refcounts refcounts,
      MetadataRegions metadata,
      int clusterBits,
      boolean sparse)
      throws IOException {
    this.storage = storage;
    this.refcounts = refcounts;
    this.metadata = metadata;
    this.clusterBits = clusterBits;
    this.freed = new FreedSpace(storage, 1L << clusterBits, MAX_FREED_BYTES >>> clusterBits);
    this.end = new FileEnd(storage, sparse);
    // The last cluster may be written in place behind the end of the file.
    end.use(untouched() << clusterBits);
  }

  /** Returns the clusters that are free after the next flush. */
  FreedSpace freed() {
    return freed;
  }

  /** Returns the first cluster behind the file and behind all clusters that were handed out. */
  private long untouched() {
    return (end.used() + (1L << clusterBits) - 1) >>> clusterBits;
  }

  /**
   * Hands out clusters.
   *
   * @param wanted the most clusters to hand out, at least 1; fewer are handed out where fewer
   *     adjacent ones are free
   * @throws IOException if the host has no space
   */
  synchronized Placement allocate(int wanted) throws IOException {
    long start = nextFree(firstFree);
    int count = 1;
    while (count < wanted && isUsable(start + count)) {
      count++;
    }
    long untouched = untouched();
    boolean zeroed = start >= untouched;
    if (!zeroed) {
      count = (int) Math.min(count, untouched - start);
    }
    reserve(start, count);
    use(start, count);
    firstFree = start + count;
    return new Placement(start << clusterBits, count, zeroed, true);
  }

  /**
   * Hands out exactly {@code count} adjacent clusters at the end of the file.
   *
   * @return the number of the first
   */
  synchronized long allocateWhole(int count) throws IOException {
    long start = untouched();
    for (long cluster = start; cluster < start + count; cluster++) {
      if (!isFree(cluster)) {
        start = cluster + 1;
      }
    }
    // Blocks that are missing for the run come after it, as do those for these blocks.
    long end = start + count;
    for (long cluster = start; cluster < end; cluster = refcounts.nextBlock(cluster)) {
      if (!refcounts.tableReaches(cluster)) {
        growTable(end);
        return allocateWhole(count);
      }
      end += hasBlock(cluster) ? 0 : 1;
    }
    reserve(start, (int) (end - start));
    long block = start + count;
    for (long cluster = start; cluster < end; cluster = refcounts.nextBlock(cluster)) {
      if (!hasBlock(cluster)) {
        refcounts.addBlock(cluster, block++);
      }
    }
    use(start, (int) (end - start));
    metadata.add(start + count, end - start - count, MetadataRegions.Kind.REFCOUNT_BLOCK);
    return start;
  }

  /**
   * Hands out the first adjacent clusters that are free and have refcounts, all before another one:
   * places to which something is moved.
   *
   * @return the number of the first, or -1 if there are none
   * @throws IOException if the host has no space
   */
  synchronized long allocateBefore(long limit, int count) throws IOException {
    long first = takeRun(firstFree, limit, count);
    if (count == 1) {
      firstFree = first < 0 ? Math.max(firstFree, limit) : first + 1;
    }
    return first;
  }

  /** Hands out the first adjacent clusters that are free in a range, or returns -1. */
  private long takeRun(long start, long limit, int count) throws IOException {
    long first = start;
    while ((first = refcounts.nextUnused(first, limit)) < limit) {
      int run = 0;
      while (run < count && first + run < limit && isUsable(first + run)) {
        run++;
      }
      if (run == count) {
        reserve(first, count);
        use(first, count);
        return first;
      }
      first = run == 0 ? refcounts.nextBlock(first) : first + run;
    }
    return -1;
  }

  /** Returns whether a cluster is free, and has a refcount. */
  private boolean isUsable(long cluster) throws IOException {
    return hasBlock(cluster) && isFree(cluster);
  }

  /** Returns how many clusters are in use. */
  synchronized long countUsed() throws IOException {
    long count = 0;
    for (long cluster = 0; cluster < untouched(); cluster++) {
      count += isFree(cluster) ? 0 : 1;
    }
    return count;
  }

  /** Returns the first cluster after all that are in use. */
  synchronized long usedEnd() throws IOException {
    long cluster = untouched();
    while (cluster > 0 && isFree(cluster - 1)) {
      cluster--;
    }
    return cluster;
  }

  /** Hands out adjacent clusters for a table, and returns the number of the first. */
  synchronized long allocateTable(int count) throws IOException {
    if (count == 1) {
      return allocate(1).position() >>> clusterBits;
    }
    // A table that is written anew again and again must not make the file longer each time.
    long start = Math.max(firstFree, firstRun);
    long untouched = untouched();
    long limit = Math.min(untouched, start + MOST_SEARCHED);
    long first = takeRun(start, limit, count);
    if (first >= 0) {
      firstRun = first + count;
      return first;
    }
    firstRun = limit == untouched ? limit : Math.max(start, limit - count);
    return allocateWhole(count);
  }

  /** Sets the refcount of each of these clusters to 1, or of none if one fails. */
  private void use(long start, int count) throws IOException {
    int used = 0;
    try {
      while (used < count) {
        metadata.checkFree(start + used);
        refcounts.set(start + used, 1);
        used++;
      }
    } finally {
      for (int i = 0; used < count && i < used; i++) {
        refcounts.set(start + i, 0);
      }
    }
    end.use((start + count) << clusterBits);
  }

  /**
   * Returns the first free cluster from {@code start} on, making the block for it if there is none.
   */
  private long nextFree(long start) throws IOException {
    long cluster = refcounts.nextUnused(start, Long.MAX_VALUE);
    while (!hasBlock(cluster)) {
      // Nothing is in use where there is no block, so a cluster there can be the block.
      makeBlock(cluster);
      cluster = refcounts.nextUnused(cluster, Long.MAX_VALUE);
    }
    return cluster;
  }

  private boolean hasBlock(long cluster) {
    return refcounts.blockOf(cluster) != 0;
  }

  private boolean isFree(long cluster) throws IOException {
    return refcounts.get(cluster) == 0;
  }

  private void makeBlock(long cluster) throws IOException {
    if (!refcounts.tableReaches(cluster)) {
      growTable(cluster);
      return;
    }
    reserve(cluster, 1);
    refcounts.addBlock(cluster, cluster);
    use(cluster, 1);
    metadata.add(cluster, 1, MetadataRegions.Kind.REFCOUNT_BLOCK);
  }

  /** Moves the refcount table to where it has room to grow by half. */
  private void growTable(long cluster) throws IOException {
    int oldClusters = refcounts.tableClusters();
    long oldFirst = refcounts.tablePosition() >>> clusterBits;
    long needed = (cluster >>> refcounts.blockBits() >>> (clusterBits - 3)) + 1;
    // With room for the blocks of the table itself.
    long clusters = Math.max(needed, oldClusters) * 3 / 2 + 2;
    if (clusters << clusterBits > Qcow2Header.MAX_REFCOUNT_TABLE_BYTES) {
      throw new IOException(storage.name() + ": the refcount table cannot grow beyond 8 MiB");
    }
    boolean moved = refcounts.tableMoved();
    refcounts.growTable((int) clusters, true);
    long first = -1;
    try {
      first = allocateWhole((int) clusters);
    } finally {
      if (first < 0) {
        refcounts.growTable(oldClusters, moved);
      }
    }
    refcounts.placeTable(first << clusterBits);
    metadata.remove(oldFirst, oldClusters);
    metadata.add(first, clusters, MetadataRegions.Kind.REFCOUNT_TABLE);
    free(oldFirst, oldClusters);
  }

  /** Makes a block for the refcounts around a cluster, at the end of the file, if there is none. */
  synchronized void ensureBlock(long cluster) throws IOException {
    if (!refcounts.tableReaches(cluster)) {
      growTable(cluster);
    }
    if (!hasBlock(cluster)) {
      long block = allocateWhole(1);
      if (!hasBlock(cluster)) {
        refcounts.addBlock(cluster, block);
        metadata.add(block, 1, MetadataRegions.Kind.REFCOUNT_BLOCK);
      }
    }
  }

  private void reserve(long cluster, int count) throws IOException {
    end.reserve(cluster << clusterBits, (cluster + count) << clusterBits);
  }

  /**
   * Takes back one use of a cluster to which no durable table points; returns whether it is free
   * now.
   */
  synchronized boolean giveUp(long cluster) throws IOException {
    long refcount = refcounts.get(cluster);
    if (refcount > 0) {
      refcounts.set(cluster, refcount - 1);
    }
    if (refcount != 1) {
      return false;
    }
    if (metadata.contains(cluster)) {
      metadata.remove(cluster, 1);
    }
    firstFree = Math.min(firstFree, cluster);
    firstRun = Math.min(firstRun, cluster);
    return true;
  }

  /** Takes back clusters that were handed out and to which no table has pointed yet. */
  synchronized void abandon(long position, int count) throws IOException {
    long first = position >>> clusterBits;
    for (int i = 0; i < count; i++) {
      refcounts.set(first + i, 0);
    }
    firstFree = Math.min(firstFree, first);
  }

  /** Gives up one reference to a cluster, once the tables that no longer hold it are durable. */
  synchronized void free(long cluster) {
    freed.add(cluster << clusterBits);
  }

  /** Gives up one reference to each of several adjacent clusters, likewise. */
  synchronized void free(long first, long count) {
    for (long cluster = first; cluster < first + count; cluster++) {
      free(cluster);
    }
  }

  /** Returns whether a cluster is referred to by nothing else than one entry. */
  synchronized boolean isSingle(long cluster) throws IOException {
    return refcounts.get(cluster) == 1;
  }

  /** Returns whether a cluster is referred to by anything. */
  synchronized boolean isUsed(long cluster) throws IOException {
    return !isFree(cluster);
  }

  /**
   * Adds a reference to a cluster; returns false if it is not in use, or its refcount cannot be
   * higher.
   */
  synchronized boolean share(long cluster) throws IOException {
    return share(cluster, 1);
  }

  /** Adds several references, as {@link #share(long)} adds one; all of them or none. */
  synchronized boolean share(long cluster, long references) throws IOException {
    long refcount = refcounts.get(cluster);
    if (refcount == 0 || refcount > refcounts.max() - references) {
      return false;
    }
    refcounts.set(cluster, refcount + references);
    return true;
  }

  /**
   * Gives up several references to a cluster that no table has any more, not even a durable one;
   * the last of them at the next flush.
   */
  synchronized void drop(long cluster, long references) throws IOException {
    refcounts.set(cluster, refcounts.get(cluster) - references + 1);
    free(cluster);
  }

  /** Returns how many references there are to a cluster. */
  synchronized long references(long cluster) throws IOException {
    return refcounts.get(cluster);
  }

  /** Takes back what was freed: no durable table points there any more. */
  synchronized void settleFreed() throws IOException {
    freed.settle(position -> giveUp(position >>> clusterBits));
  }

  /** Cuts the file off before a cluster from which on nothing is in use. */
  synchronized void cutOff(long cluster) throws IOException {
    end.trim(cluster << clusterBits);
  }

  /** Sets whether clusters at the end of the file take up no space until they are written. */
  synchronized void setSparse(boolean sparse) {
    end.setSparse(sparse);
  }

  /** Cuts the file off after the last cluster that is in use. Nothing waits to be free. */
  synchronized void cutOffFree() throws IOException {
    cutOff(usedEnd());
  }

  /** Cuts the end of the file off as far as it was reserved but never used. */
  synchronized void trim() throws IOException {
    end.trim();
  }
}
