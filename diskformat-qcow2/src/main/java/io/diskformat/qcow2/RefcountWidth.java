package io.diskformat.qcow2;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * Gives an image refcounts of another width: blocks and a table behind the end of the file, which
 * one write of the header puts in force; in them, those that were there before are free.
 */
final class RefcountWidth {
  private final Storage storage;
  private final ImageTables tables;
  private final Refcounts old;
  private final RefcountBlock width;
  private final int clusterBits;

  /** The first cluster of the new table, behind the end of the file. */
  private final long first;

  /** The blocks that are needed. */
  private final BitSet needed = new BitSet();

  private long tableClusters;

  /** The first cluster behind the new blocks. */
  private long end;

  /**
   * Begins a change.
   *
   * @param tables of an image that has no changes which are not durable
   * @param order log2 of the new width in bits
   */
  RefcountWidth(ImageTables tables, int order) throws IOException {
    this.storage = tables.storage();
    this.tables = tables;
    this.old = tables.refcounts();
    this.clusterBits = tables.header().clusterBits();
    this.width = RefcountBlock.of(order, clusterBits);
    this.first = (storage.size() + tables.header().clusterSize() - 1) >>> clusterBits;
  }

  /**
   * Makes the change, and makes it durable.
   *
   * @throws UnsupportedFeatureException if a refcount is too high for the new width
   */
  void run() throws IOException {
    long size = storage.size();
    findBlocks();
    boolean written = false;
    try {
      storage.reserve(first << clusterBits, (end - first) << clusterBits);
      write();
      storage.flush(WriteStep.DATA_AND_REFCOUNTS);
      written = true;
    } finally {
      if (!written) {
        storage.resize(size);
      }
    }
    tables.fields().refcounts(first << clusterBits, (int) tableClusters, width.order());
    storage.flush(WriteStep.REFCOUNT_TABLE_SWITCH);
  }

  private void findBlocks() throws IOException {
    for (long cluster = 0; cluster < first; cluster++) {
      long count = count(cluster);
      if (count > width.max()) {
        throw new UnsupportedFeatureException(
            storage.name(),
            "refcounts of %d bits for the cluster at offset %d, which has a refcount of %d"
                .formatted(1 << width.order(), cluster << clusterBits, count));
      }
      if (count > 0) {
        needed.set((int) (cluster >>> width.clustersBits()));
      }
    }
    for (long before = -1; before != end; ) {
      before = end;
      if (end > first) {
        needed.set(
            (int) (first >>> width.clustersBits()), (int) ((end - 1) >>> width.clustersBits()) + 1);
      }
      long bytes = (long) needed.length() << RefcountTableEntry.SIZE_BITS;
      if (bytes > Qcow2Header.MAX_REFCOUNT_TABLE_BYTES) {
        throw new UnsupportedFeatureException(
            storage.name(), "a refcount table of " + bytes + " bytes, more than 8 MiB");
      }
      tableClusters = Math.max(1, (bytes + (1L << clusterBits) - 1) >>> clusterBits);
      end = first + tableClusters + needed.cardinality();
    }
  }

  /** Returns a cluster's refcount, which is 0 if it holds only what is replaced. */
  private long count(long cluster) throws IOException {
    long table = old.tablePosition() >>> clusterBits;
    boolean replaced = cluster >= table && cluster < table + old.tableClusters();
    return replaced || isOldBlock(cluster) ? 0 : old.get(cluster);
  }

  private boolean isOldBlock(long cluster) {
    return tables.metadata().kind(cluster) == MetadataRegions.Kind.REFCOUNT_BLOCK;
  }

  private void write() throws IOException {
    ByteBuffer table = ByteBuffer.allocate((int) tableClusters << clusterBits);
    long place = first + tableClusters;
    for (int i = needed.nextSetBit(0); i >= 0; i = needed.nextSetBit(i + 1)) {
      table.putLong(i << RefcountTableEntry.SIZE_BITS, place << clusterBits);
      storage.write(place++ << clusterBits, MemorySegment.ofArray(block(i)));
    }
    storage.write(first << clusterBits, MemorySegment.ofArray(table.array()));
  }

  private byte[] block(long index) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(1 << clusterBits);
    long start = index << width.clustersBits();
    long stop = Math.min(end, start + (1L << width.clustersBits()));
    for (long cluster = start; cluster < stop; cluster++) {
      long count = cluster < first ? count(cluster) : 1;
      int at = (int) width.wordAt(cluster);
      block.putLong(at, width.with(block.getLong(at), cluster, count));
    }
    return block.array();
  }
}
