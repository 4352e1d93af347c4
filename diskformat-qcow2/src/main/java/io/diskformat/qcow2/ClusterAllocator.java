package io.diskformat.qcow2;

import io.diskformat.spi.SpaceAhead;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Arrays;

/**
 * Hands out clusters of the file, and takes them back. What is taken back is handed out again only
 * after the tables that pointed there are durable: until then its refcount stays.
 *
 * <p>Thread-safe; its monitor also guards the refcounts.
 */
final class ClusterAllocator {
  private static final long MAX_TABLE_BYTES = 8 << 20;

  /**
   * A run of clusters that are the caller's alone.
   *
   * @param cluster the number of the first
   * @param count how many there are
   * @param zeroed whether they are known to hold only zeroes
   */
  record Run(long cluster, int count, boolean zeroed) {}

  private final Storage storage;
  private final Refcounts refcounts;
  private final MetadataRegions metadata;
  private final int clusterBits;

  /** The file held something up to here when it was opened; beyond, it is zero until handed out. */
  private long untouched;

  private final SpaceAhead space;

  /** No cluster before this is free. */
  private long firstFree;

  /** Where the next compressed stream goes if there is room in its cluster; 0 if there is none. */
  private long streamEnd;

  private final boolean sparse;
  private long[] freed = new long[64];
  private int freedCount;

  /** How many bytes wait to be free, so that it can be asked for without the lock. */
  private volatile long freedBytes;

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
    this.sparse = sparse;
    this.storage = storage;
    this.refcounts = refcounts;
    this.metadata = metadata;
    this.clusterBits = clusterBits;
    this.space = new SpaceAhead(storage);
    this.untouched = (storage.size() + (1L << clusterBits) - 1) >>> clusterBits;
  }

  /**
   * Hands out clusters.
   *
   * @param wanted at least 1; as many as are free one after the other, up to that, are handed out
   * @throws IOException if the host has no space
   */
  synchronized Run allocate(int wanted) throws IOException {
    long start = nextFree(firstFree);
    int count = 1;
    while (count < wanted && hasBlock(start + count) && isFree(start + count)) {
      count++;
    }
    boolean zeroed = start >= untouched;
    if (!zeroed) {
      count = (int) Math.min(count, untouched - start);
    }
    reserve(start, count);
    use(start, count);
    firstFree = start + count;
    return new Run(start, count, zeroed);
  }

  /** Hands out exactly so many clusters, one after the other, at the end of the file. */
  synchronized Run allocateWhole(int count) throws IOException {
    long start = untouched;
    for (long cluster = start; cluster < start + count; cluster++) {
      if (!isFree(cluster)) {
        start = cluster + 1;
      }
    }
    // Blocks that are missing for the run come after it, as do those for these blocks.
    long end = start + count;
    for (long cluster = start; cluster < end; cluster = nextBlock(cluster)) {
      if (!refcounts.tableReaches(cluster)) {
        growTable(end);
        return allocateWhole(count);
      }
      end += hasBlock(cluster) ? 0 : 1;
    }
    reserve(start, (int) (end - start));
    long block = start + count;
    for (long cluster = start; cluster < end; cluster = nextBlock(cluster)) {
      if (!hasBlock(cluster)) {
        refcounts.addBlock(cluster, block++);
      }
    }
    use(start, (int) (end - start));
    metadata.add(start + count, end - start - count, MetadataRegions.Kind.REFCOUNT_BLOCK);
    return new Run(start, count, true);
  }

  /** Returns the first cluster whose refcount is in another block than that of a cluster. */
  private long nextBlock(long cluster) {
    return ((cluster >>> refcounts.blockBits()) + 1) << refcounts.blockBits();
  }

  /** Sets all their refcounts, or none if that fails. */
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
    untouched = Math.max(untouched, start + count);
  }

  /**
   * Returns the first free cluster from {@code start} on, making the block for it if there is none.
   */
  private long nextFree(long start) throws IOException {
    long cluster = start;
    while (true) {
      if (!hasBlock(cluster)) {
        // Nothing is in use where there is no block, so a cluster there can be the block.
        makeBlock(cluster);
      } else if (isFree(cluster)) {
        return cluster;
      } else {
        cluster++;
      }
    }
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

  /** Moves the table of blocks to where there is room for it to be half as long again. */
  private void growTable(long cluster) throws IOException {
    int oldClusters = refcounts.tableClusters();
    long oldFirst = refcounts.tableOffset() >>> clusterBits;
    long needed = (cluster >>> refcounts.blockBits() >>> (clusterBits - 3)) + 1;
    // With room for the blocks of the table itself.
    long clusters = Math.max(needed, oldClusters) * 3 / 2 + 2;
    if (clusters << clusterBits > MAX_TABLE_BYTES) {
      throw new IOException(storage.name() + ": the refcount table cannot grow beyond 8 MiB");
    }
    boolean moved = refcounts.tableMoved();
    refcounts.growTable((int) clusters, true);
    Run run = null;
    try {
      run = allocateWhole((int) clusters);
    } finally {
      if (run == null) {
        refcounts.growTable(oldClusters, moved);
      }
    }
    refcounts.placeTable(run.cluster() << clusterBits);
    metadata.remove(oldFirst, oldClusters);
    metadata.add(run.cluster(), clusters, MetadataRegions.Kind.REFCOUNT_TABLE);
    for (int i = 0; i < oldClusters; i++) {
      free(oldFirst + i);
    }
  }

  /** Makes a block for the refcounts around a cluster, at the end of the file, if there is none. */
  synchronized void ensureBlock(long cluster) throws IOException {
    if (!refcounts.tableReaches(cluster)) {
      growTable(cluster);
    }
    if (!hasBlock(cluster)) {
      Run run = allocateWhole(1);
      if (!hasBlock(cluster)) {
        refcounts.addBlock(cluster, run.cluster());
        metadata.add(run.cluster(), 1, MetadataRegions.Kind.REFCOUNT_BLOCK);
      }
    }
  }

  /** Reserves the host's space for clusters, some more ahead if they are at the end of the file. */
  private void reserve(long cluster, int count) throws IOException {
    long start = cluster << clusterBits;
    long end = (cluster + count) << clusterBits;
    if (sparse) {
      if (end > space.end()) {
        storage.resize(end);
        space.moved(end);
      }
      return;
    }
    space.reach(end);
    if (cluster < untouched) {
      // Its space may have been given back to the host.
      storage.reserve(start, end - start);
    }
  }

  /**
   * Hands out room for a compressed stream, which may share clusters with other streams.
   *
   * @param length in bytes, less than a cluster
   * @return the position in the file
   */
  synchronized long allocateStream(int length) throws IOException {
    long mask = (1L << clusterBits) - 1;
    long last = streamEnd >>> clusterBits;
    long room = (streamEnd & mask) == 0 ? 0 : mask + 1 - (streamEnd & mask);
    long position = streamEnd;
    if (length > room || !share(last)) {
      Run next = allocate(1);
      boolean continues = room > 0 && next.cluster() == last + 1 && share(last);
      position = continues ? streamEnd : next.cluster() << clusterBits;
    }
    streamEnd = position + length;
    return position;
  }

  /** Takes back room for a stream to which no table has pointed yet. */
  synchronized void abandonStream(long position, int length) throws IOException {
    long last = (position + length - 1) >>> clusterBits;
    for (long cluster = position >>> clusterBits; cluster <= last; cluster++) {
      giveUp(cluster);
    }
  }

  /** Lowers a refcount; returns whether the cluster is now free. */
  private boolean giveUp(long cluster) throws IOException {
    long refcount = refcounts.get(cluster);
    if (refcount > 0) {
      refcounts.set(cluster, refcount - 1);
    }
    if (refcount != 1) {
      return false;
    }
    firstFree = Math.min(firstFree, cluster);
    if (streamEnd >>> clusterBits == cluster) {
      streamEnd = 0;
    }
    return true;
  }

  /** Takes back clusters that were handed out and to which no table has pointed yet. */
  synchronized void abandon(Run run) throws IOException {
    for (int i = 0; i < run.count(); i++) {
      refcounts.set(run.cluster() + i, 0);
    }
    firstFree = Math.min(firstFree, run.cluster());
  }

  /** Gives up one reference to a cluster, once the tables that no longer hold it are durable. */
  synchronized void free(long cluster) {
    if (freedCount == freed.length) {
      freed = Arrays.copyOf(freed, 2 * freedCount);
    }
    freed[freedCount++] = cluster;
    freedBytes = (long) freedCount << clusterBits;
  }

  /** Returns how many bytes at most will be free after the next flush. */
  long freedBytes() {
    return freedBytes;
  }

  /** Returns whether a cluster is referred to by nothing else than one entry. */
  synchronized boolean isSingle(long cluster) throws IOException {
    return refcounts.get(cluster) == 1;
  }

  /**
   * Adds a reference to a cluster that is in use; returns false if its refcount cannot be higher.
   */
  synchronized boolean share(long cluster) throws IOException {
    long refcount = refcounts.get(cluster);
    if (refcount == refcounts.max()) {
      return false;
    }
    refcounts.set(cluster, refcount + 1);
    return true;
  }

  synchronized boolean hasFreed() {
    return freedCount > 0;
  }

  /**
   * Takes back what was freed: no durable table points there any more. What is then free is also
   * given back to the host.
   */
  synchronized void settleFreed() throws IOException {
    Arrays.sort(freed, 0, freedCount);
    long runStart = -1;
    long runEnd = -1;
    while (freedCount > 0) {
      long cluster = freed[freedCount - 1];
      boolean isFree = giveUp(cluster);
      // Each is given up once, even if the next one cannot be.
      freedCount--;
      if (isFree) {
        if (cluster + 1 != runStart) {
          giveBack(runStart, runEnd);
          runEnd = cluster + 1;
        }
        runStart = cluster;
      }
    }
    giveBack(runStart, runEnd);
    freedBytes = 0;
  }

  private void giveBack(long start, long end) {
    if (start < end) {
      long from = start << clusterBits;
      try {
        storage.zero(from, Math.min(end << clusterBits, storage.size()) - from, true);
      } catch (IOException e) {
        // Then the host keeps it; in the image it is free all the same.
      }
    }
  }

  /** Cuts the file off before a cluster from which on nothing is in use. */
  synchronized void cutOff(long cluster) throws IOException {
    untouched = Math.min(untouched, cluster);
    trim();
  }

  /** Cuts off the file what is at its end and was reserved but never used. */
  synchronized void trim() throws IOException {
    long end = Math.min(storage.size(), untouched << clusterBits);
    if (end < storage.size()) {
      storage.resize(end);
    }
    space.moved(Math.min(space.end(), end));
  }
}
