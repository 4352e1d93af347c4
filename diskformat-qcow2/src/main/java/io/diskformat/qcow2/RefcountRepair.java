package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.spi.MetadataPages;
import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * Counts every cluster's references anew and corrects refcounts, and the flags that say that they
 * are one. What an image needs that was not closed properly: what leaked is free again.
 *
 * <p>Takes as much memory as a window of clusters needs, however large the file, and goes over the
 * tables once per window.
 */
final class RefcountRepair {
  private static final int WINDOW = 1 << 22;
  private static final long MAX_CHANGED_BYTES = 16 << 20;

  private final Storage storage;
  private final Qcow2Header header;
  private final MetadataPages pages;
  private final Refcounts refcounts;
  private final ClusterAllocator allocator;
  private final References references;
  private final int clusterBits;

  /** The first cluster to which, and to all after it, nothing refers. */
  private long end;

  /** Whether something refers to a cluster for whose refcount there is no block. */
  private boolean lacksBlock;

  RefcountRepair(
      Storage storage,
      Qcow2Header header,
      MetadataPages pages,
      Refcounts refcounts,
      ClusterAllocator allocator,
      ClusterReader compressed) {
    this.storage = storage;
    this.header = header;
    this.pages = pages;
    this.refcounts = refcounts;
    this.allocator = allocator;
    this.references = new References(storage, header, pages, refcounts, compressed);
    this.clusterBits = header.clusterBits();
  }

  /** Makes changes of tables durable, in order. */
  @FunctionalInterface
  interface Flush {
    void run() throws IOException;
  }

  /**
   * Corrects the image, cuts off the file what is referred to by nothing, and makes that durable.
   *
   * @param flush by which blocks that are added become durable before anything is counted in them
   * @throws CorruptImageException if more than refcounts is wrong
   * @throws IOException if tables cannot be read or written
   */
  void run(Flush flush) throws IOException {
    long clusters = clustersOfFile();
    int[] counts = count(0, clusters);
    if (lacksBlock) {
      for (long cluster = 0; cluster < end; cluster += 1L << refcounts.blockBits()) {
        allocator.ensureBlock(cluster);
      }
      flush.run();
      clusters = clustersOfFile();
      counts = count(0, clusters);
    }
    correct(0, counts);
    for (long start = WINDOW; start < clusters; start += WINDOW) {
      correct(start, count(start, clusters));
    }
    correctFlags(new L1Table(header.l1Offset(), header.l1Entries()));
    writeOut();
    allocator.cutOff(end);
  }

  private long clustersOfFile() throws IOException {
    return (storage.size() + header.clusterSize() - 1) >>> clusterBits;
  }

  /** Counts the references to the clusters of the window that begins at {@code start}. */
  private int[] count(long start, long clusters) throws IOException {
    int[] counts = new int[(int) Math.min(WINDOW, clusters - start)];
    references.visit((first, count) -> {
      if (first + count > clusters) {
        throw new CorruptImageException(
            storage.name(),
            "cluster",
            first << clusterBits,
            "is referred to, but beyond the end of the file");
      }
      end = Math.max(end, first + count);
      lacksBlock |= lacksBlock(first, first + count);
      long stop = Math.min(first + count, start + counts.length);
      for (long cluster = Math.max(first, start); cluster < stop; cluster++) {
        counts[(int) (cluster - start)]++;
      }
    });
    return counts;
  }

  private boolean lacksBlock(long first, long stop) {
    long blocks = ((stop - 1) >>> refcounts.blockBits()) + 1;
    for (long i = first >>> refcounts.blockBits(); i < blocks; i++) {
      if (refcounts.blockOf(i << refcounts.blockBits()) == 0) {
        return true;
      }
    }
    return false;
  }

  private void correct(long start, int[] counts) throws IOException {
    for (int i = 0; i < counts.length; i++) {
      if (refcounts.get(start + i) != counts[i]) {
        if (counts[i] > refcounts.max()) {
          throw new CorruptImageException(
              storage.name(),
              "cluster",
              (start + i) << clusterBits,
              "has " + counts[i] + " references, more than its refcount can tell");
        }
        refcounts.set(start + i, counts[i]);
        writeOutIfLarge();
      }
    }
  }

  /** Sets the flag of each entry of the disk's own tables to whether the refcount is one. */
  private void correctFlags(L1Table l1) throws IOException {
    boolean external = header.has(Qcow2Header.EXTERNAL_DATA);
    int step = header.has(Qcow2Header.EXTENDED_L2) ? 16 : 8;
    for (int i = 0; i < l1.entries(); i++) {
      long position = l1.offset() + 8L * i;
      long entry = position + 8 > storage.size() ? 0 : pages.read(position);
      long table = entry & ClusterMap.OFFSET_MASK;
      if (table == 0) {
        continue;
      }
      correctFlag(position, entry, table, WriteOrder.L1);
      for (long at = table; !external && at < table + header.clusterSize(); at += step) {
        long l2Entry = pages.read(at);
        long cluster = l2Entry & ClusterMap.OFFSET_MASK;
        if ((l2Entry & ClusterMap.COMPRESSED) == 0 && cluster != 0) {
          correctFlag(at, l2Entry, cluster, WriteOrder.L2);
        }
      }
      writeOutIfLarge();
    }
  }

  private void correctFlag(long position, long entry, long target, int order) throws IOException {
    boolean single = refcounts.get(target >>> clusterBits) == 1;
    long correct = single ? entry | ClusterMap.COPIED : entry & ~ClusterMap.COPIED;
    if (correct != entry) {
      pages.write(position, correct, order);
    }
  }

  private void writeOutIfLarge() throws IOException {
    if (pages.bytes() > MAX_CHANGED_BYTES) {
      writeOut();
    }
  }

  /** In any order: the image stays marked until all of it is durable. */
  private void writeOut() throws IOException {
    pages.writeOut(WriteOrder.REFCOUNT_BLOCK);
    pages.writeOut(WriteOrder.REFCOUNT_TABLE);
    pages.writeOut(WriteOrder.L2);
    pages.writeOut(WriteOrder.L1);
    storage.flush();
    pages.settle();
  }
}
