package io.diskformat.qcow2;

import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Gives an image refcounts of another width: {@linkplain NewRefcounts new ones}, in which those
 * that were there before are free.
 */
final class RefcountWidth extends NewRefcounts {
  private final ImageTables tables;
  private final Refcounts old;

  /**
   * Begins a change.
   *
   * @param tables of an image that has no changes which are not durable
   * @param order log2 of the new width in bits
   */
  RefcountWidth(ImageTables tables, int order) throws IOException {
    super(
        tables.storage(),
        RefcountBlock.of(order, tables.header().clusterBits()),
        tables.header().clusterBits(),
        Math.ceilDiv(tables.storage().size(), (long) tables.header().clusterSize()));
    this.tables = tables;
    this.old = tables.refcounts();
  }

  /**
   * Makes the change, and makes it durable.
   *
   * @throws UnsupportedFeatureException if a refcount is too high for the new width
   */
  void run() throws IOException {
    make(WriteStep.DATA_AND_REFCOUNTS);
    storage.flush(WriteStep.REFCOUNT_TABLE_SWITCH);
  }

  @Override
  void switchTo(long position, int clusters) throws IOException {
    tables.fields().refcounts(position, clusters, width.order());
  }

  @Override
  void findBlocks() throws IOException {
    for (long cluster = 0; cluster < first; cluster++) {
      long count = count(cluster);
      if (count > width.max()) {
        throw new UnsupportedFeatureException(
            storage.name(),
            "refcounts of %d bits for the cluster at offset %d, which has a refcount of %d"
                .formatted(1 << width.order(), cluster << clusterBits, count));
      }
      if (count > 0) {
        need(cluster);
      }
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

  @Override
  void writeBlocks() throws IOException {
    for (int index = nextNeeded(0); index >= 0; index = nextNeeded(index + 1)) {
      ByteBuffer block = ByteBuffer.allocate(1 << clusterBits);
      long start = (long) index << width.clustersBits();
      long stop = Math.min(first, start + (1L << width.clustersBits()));
      for (long cluster = start; cluster < stop; cluster++) {
        int at = (int) width.wordAt(cluster);
        block.putLong(at, width.with(block.getLong(at), cluster, count(cluster)));
      }
      write(index, block);
    }
  }
}
