package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.maintenance.OwnerCounts;
import io.diskformat.storage.IoAction;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;

/**
 * Counts every cluster's references anew, and corrects the refcounts and the COPIED flags. An image
 * that was not closed properly needs this; leaked clusters are free afterwards.
 */
final class RefcountRepair {
  /** How much of changed pages is kept before they are written out, in bytes. */
  private static final long MAX_CHANGED_BYTES = 16 << 20;

  /**
   * How many clusters beyond the end of the file have their refcounts cleared: a crash may have
   * undone its growth.
   */
  private static final int CLEARED_BEHIND = 1 << 22;

  /** The entries of the longest refcount table, of 8 MiB. */
  private static final long MAX_BLOCKS = 1 << 20;

  private final Storage storage;
  private final Qcow2Header header;
  private final MetadataPages pages;
  private final Refcounts refcounts;
  private final ClusterAllocator allocator;
  private final References references;
  private final int clusterBits;

  /** The first cluster to which, and to all after it, nothing refers. */
  private long end;

  /**
   * The numbers of the refcount blocks that are missing, though something refers to a cluster of
   * theirs.
   */
  private final BitSet lacking = new BitSet();

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

  /**
   * Corrects the image, cuts off the end of the file to which nothing refers, and makes that
   * durable.
   *
   * @param flush makes changes of tables durable, in order: blocks that are added before anything
   *     is counted in them
   * @throws CorruptImageException if more than refcounts is wrong
   * @throws IOException if tables cannot be read or written
   */
  void run(IoAction flush) throws IOException {
    long clusters = clustersOfFile();
    OwnerCounts counts = firstWindow(clusters);
    if (!lacking.isEmpty()) {
      addLackingBlocks(flush);
      clusters = clustersOfFile();
      counts = firstWindow(clusters);
    }
    correct(counts);
    while (counts.end() < end && counts.nextWindow()) {
      count(counts, clusters);
      correct(counts);
    }
    // If a crash undid the growth of the file, what was handed out beyond its end is free as well.
    clear(counts.end(), clusters + CLEARED_BEHIND);
    if (pages.isDirty(WriteOrder.REFCOUNT_BLOCK)) {
      // No entry gets the COPIED flag while its cluster is still counted twice.
      writeOut();
    }
    correctFlags(header.l1());
    writeOut();
    allocator.cutOff(end);
  }

  /**
   * Requires that everything that is referred to is in the file. Changes nothing.
   *
   * @throws CorruptImageException if something is not: the file was cut short
   * @throws IOException if tables cannot be read
   */
  void requireInFile() throws IOException {
    long clusters = clustersOfFile();
    references.visit((first, count, entries) -> requireInFile(first, count, clusters));
  }

  private void requireInFile(long first, long count, long clusters) throws IOException {
    if (first + count > clusters) {
      throw new CorruptImageException(
          storage.name(),
          "cluster",
          first << clusterBits,
          "is referred to, but beyond the end of the file");
    }
  }

  private void addLackingBlocks(IoAction flush) throws IOException {
    for (int block = lacking.nextSetBit(0); block >= 0; block = lacking.nextSetBit(block + 1)) {
      allocator.ensureBlock((long) block << refcounts.blockBits());
      if (pages.bytes() > MAX_CHANGED_BYTES) {
        flush.run();
      }
    }
    flush.run();
  }

  private long clustersOfFile() throws IOException {
    return (storage.size() + header.clusterSize() - 1) >>> clusterBits;
  }

  private OwnerCounts firstWindow(long clusters) throws IOException {
    OwnerCounts counts = new OwnerCounts(clusters, Integer.SIZE);
    var _ = counts.nextWindow();
    count(counts, clusters);
    return counts;
  }

  /** Counts the references to the clusters of a window. */
  private void count(OwnerCounts counts, long clusters) throws IOException {
    references.visit((first, count, entries) -> {
      requireInFile(first, count, clusters);
      end = Math.max(end, first + count);
      noteLacking(first, first + count);
      counts.add(first, count, entries);
    });
  }

  private void noteLacking(long first, long stop) {
    long blocks = ((stop - 1) >>> refcounts.blockBits()) + 1;
    for (long i = first >>> refcounts.blockBits(); i < blocks; i++) {
      if (refcounts.blockOf(i << refcounts.blockBits()) == 0) {
        // No table reaches further than that, and the allocator then says so.
        lacking.set((int) Math.min(i, MAX_BLOCKS));
      }
    }
  }

  private void correct(OwnerCounts counts) throws IOException {
    for (long cluster = counts.start(); cluster < counts.end(); cluster++) {
      long count = counts.get(cluster);
      if (refcounts.get(cluster) != count) {
        if (count > refcounts.max() || count == counts.most()) {
          throw new CorruptImageException(
              storage.name(),
              "cluster",
              cluster << clusterBits,
              "has " + count + " references, more than its refcount can hold");
        }
        refcounts.set(cluster, count);
        writeOutIfLarge();
      }
    }
  }

  /** Clears refcounts, as far as there are blocks for them. */
  private void clear(long first, long stop) throws IOException {
    for (long at = first; at < stop && refcounts.tableReaches(at); ) {
      long blockEnd = refcounts.nextBlock(at);
      if (refcounts.blockOf(at) != 0) {
        for (; at < Math.min(blockEnd, stop); at++) {
          if (refcounts.get(at) != 0) {
            refcounts.set(at, 0);
            writeOutIfLarge();
          }
        }
      }
      at = blockEnd;
    }
  }

  private void correctFlags(L1Table l1) throws IOException {
    CopiedFlags flags =
        new CopiedFlags(header, pages, references::word, cluster -> refcounts.get(cluster) == 1);
    for (int i = 0; i < l1.entries(); i++) {
      long _ = flags.correctL1(l1.entryPosition(i));
      writeOutIfLarge();
    }
    references.visitL2Tables(
        List.of(l1),
        (table, _) -> {
          flags.correctL2(table);
          writeOutIfLarge();
        });
  }

  private void writeOutIfLarge() throws IOException {
    if (pages.bytes() > MAX_CHANGED_BYTES) {
      writeOut();
    }
  }

  /** Writes in any order: the image stays marked until all of it is durable. */
  private void writeOut() throws IOException {
    pages.writeOut(WriteOrder.REFCOUNT_BLOCK);
    pages.writeOut(WriteOrder.REFCOUNT_TABLE);
    pages.writeOut(WriteOrder.L2);
    pages.writeOut(WriteOrder.L1);
    storage.flush();
    pages.settle();
  }
}
