package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.spi.MetadataPages;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;

/** Walks over every reference from an image's tables to clusters of its file, in no order. */
final class References {
  /** Is told of each reference. */
  @FunctionalInterface
  interface Visitor {
    /** Takes a reference to clusters, one after the other. */
    void clusters(long first, long count) throws IOException;
  }

  private final Storage storage;
  private final Qcow2Header header;
  private final MetadataPages pages;
  private final Refcounts refcounts;
  private final ClusterReader compressed;
  private final int clusterBits;

  References(
      Storage storage,
      Qcow2Header header,
      MetadataPages pages,
      Refcounts refcounts,
      ClusterReader compressed) {
    this.storage = storage;
    this.header = header;
    this.pages = pages;
    this.refcounts = refcounts;
    this.compressed = compressed;
    this.clusterBits = header.clusterBits();
  }

  /**
   * Walks over all references.
   *
   * @throws CorruptImageException if one is to no place for a cluster
   * @throws IOException if the tables cannot be read
   */
  void visit(Visitor visitor) throws IOException {
    visitor.clusters(0, 1);
    visitor.clusters(refcounts.tableOffset() >>> clusterBits, refcounts.tableClusters());
    for (long block : refcounts.blocks()) {
      if (block != 0) {
        visitor.clusters(block >>> clusterBits, 1);
      }
    }
    visitTables(new L1Table(header.l1Offset(), header.l1Entries()), visitor);
    if (header.snapshotCount() > 0) {
      SnapshotTable snapshots = SnapshotTable.read(storage, header);
      visitBytes(header.snapshotsOffset(), snapshots.end() - header.snapshotsOffset(), visitor);
      for (SnapshotTable.Entry entry : snapshots.entries()) {
        visitTables(entry.l1(), visitor);
      }
    }
    visitBitmaps(visitor);
  }

  private void visitBytes(long offset, long size, Visitor visitor) throws IOException {
    if (size > 0) {
      long first = offset >>> clusterBits;
      visitor.clusters(first, ((offset + size - 1) >>> clusterBits) - first + 1);
    }
  }

  private void visitTables(L1Table l1, Visitor visitor) throws IOException {
    visitBytes(l1.offset(), l1.entries() * 8L, visitor);
    for (int i = 0; i < l1.entries(); i++) {
      long table = word(l1.offset() + 8L * i) & ClusterMap.OFFSET_MASK;
      if (table != 0) {
        checkAligned("L1 table", l1.offset(), table);
        visitor.clusters(table >>> clusterBits, 1);
        visitEntries(table, visitor);
      }
    }
  }

  private void visitEntries(long table, Visitor visitor) throws IOException {
    int step = header.has(Qcow2Header.EXTENDED_L2) ? 16 : 8;
    boolean external = header.has(Qcow2Header.EXTERNAL_DATA);
    for (long at = table; at < table + header.clusterSize(); at += step) {
      long entry = word(at);
      if (external || entry == 0) {
        continue;
      }
      if ((entry & ClusterMap.COMPRESSED) != 0) {
        long start = compressed.position(entry);
        visitBytes(start, Math.min(compressed.end(entry), storage.size()) - start, visitor);
      } else if ((entry & ClusterMap.OFFSET_MASK) != 0) {
        checkAligned("L2 table", table, entry & ClusterMap.OFFSET_MASK);
        visitor.clusters((entry & ClusterMap.OFFSET_MASK) >>> clusterBits, 1);
      }
    }
  }

  private void visitBitmaps(Visitor visitor) throws IOException {
    BitmapDirectory.Place place = BitmapDirectory.place(storage, header);
    visitBytes(place.offset(), place.size(), visitor);
    for (BitmapDirectory.Table table : BitmapDirectory.tables(storage, place)) {
      visitBytes(table.offset(), table.entries() * 8L, visitor);
      for (int i = 0; i < table.entries(); i++) {
        long data = word(table.offset() + 8L * i) & ClusterMap.OFFSET_MASK;
        if (data != 0) {
          checkAligned("bitmap table", table.offset(), data);
          visitor.clusters(data >>> clusterBits, 1);
        }
      }
    }
  }

  private long word(long position) throws IOException {
    try {
      return pages.read(position);
    } catch (EOFException e) {
      return 0;
    }
  }

  private void checkAligned(String structure, long position, long target)
      throws CorruptImageException {
    if ((target & header.clusterSize() - 1) != 0) {
      throw new CorruptImageException(
          storage.name(),
          structure,
          position,
          "an entry points to " + target + ", not to the start of a cluster");
    }
  }
}
