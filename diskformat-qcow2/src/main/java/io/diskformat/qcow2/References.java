package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.maintenance.OwnerCounts;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;

/**
 * Visits every reference from an image's tables to clusters of its file, in no particular order.
 * Reads each L2 table once, however many L1 entries point to it: in a hostile image, all may point
 * to one.
 */
final class References {
  /** Receives the references. */
  @FunctionalInterface
  interface Visitor {
    /** Receives {@code count} adjacent clusters, each referred to by {@code entries} entries. */
    void clusters(long first, long count, long entries) throws IOException;
  }

  /** Receives L2 tables. */
  @FunctionalInterface
  interface TableVisitor {
    /** Receives the L2 table at a position, to which {@code entries} L1 entries point. */
    void table(long position, long entries) throws IOException;
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
   * Visits all references.
   *
   * @throws CorruptImageException if one does not point to the start of a cluster
   * @throws IOException if the tables cannot be read
   */
  void visit(Visitor visitor) throws IOException {
    visitor.clusters(0, 1, 1);
    visitor.clusters(refcounts.tablePosition() >>> clusterBits, refcounts.tableClusters(), 1);
    for (long block : refcounts.blocks()) {
      if (block != 0) {
        visitor.clusters(block >>> clusterBits, 1, 1);
      }
    }
    SnapshotTable snapshots = SnapshotTable.read(storage, header);
    long start = header.snapshotsPosition();
    visitBytes(start, snapshots.end() - start, visitor);
    List<L1Table> l1Tables = snapshots.l1Tables(header.l1());
    for (L1Table l1 : l1Tables) {
      visitBytes(l1.position(), l1.length(), visitor);
    }
    visitL2Tables(
        l1Tables,
        (position, entries) -> {
          visitor.clusters(position >>> clusterBits, 1, entries);
          if (position < storage.size()) {
            visitEntries(position, entries, visitor);
          }
        });
    visitBitmaps(visitor);
    if (header.encryption() == Encryption.LUKS) {
      EncryptionHeader luks = EncryptionHeader.of(storage, header);
      visitBytes(luks.position(), luks.length(), visitor);
    }
  }

  /**
   * Visits each L2 table of several L1 tables once; those beyond the end of the file once for each
   * entry that points to them.
   *
   * @throws CorruptImageException if one is not at the start of a cluster
   * @throws IOException if the tables cannot be read
   */
  void visitL2Tables(List<L1Table> l1Tables, TableVisitor visitor) throws IOException {
    long clusters = (storage.size() + header.clusterSize() - 1) >>> clusterBits;
    OwnerCounts owners = new OwnerCounts(clusters, Integer.SIZE);
    while (owners.nextWindow()) {
      for (L1Table l1 : l1Tables) {
        for (int i = 0; i < l1.entries(); i++) {
          long table = L1Entry.table(word(l1.position() + 8L * i));
          if (table != 0) {
            checkAligned("L1 table", l1.position(), table);
            owners.add(table >>> clusterBits, 1);
            if (table >>> clusterBits >= clusters && owners.start() == 0) {
              visitor.table(table, 1);
            }
          }
        }
      }
      for (long cluster = owners.start(); cluster < owners.end(); cluster++) {
        if (owners.get(cluster) > 0) {
          visitor.table(cluster << clusterBits, owners.get(cluster));
        }
      }
    }
  }

  private void visitBytes(long position, long size, Visitor visitor) throws IOException {
    visitBytes(position, size, 1, visitor);
  }

  private void visitBytes(long position, long size, long entries, Visitor visitor)
      throws IOException {
    if (size > 0) {
      long first = position >>> clusterBits;
      visitor.clusters(first, ((position + size - 1) >>> clusterBits) - first + 1, entries);
    }
  }

  private void visitEntries(long table, long owners, Visitor visitor) throws IOException {
    int step = header.has(Qcow2Header.EXTENDED_L2) ? 16 : 8;
    boolean external = header.has(Qcow2Header.EXTERNAL_DATA);
    for (long at = table; at < table + header.clusterSize(); at += step) {
      long entry = word(at);
      if (external || entry == 0) {
        continue;
      }
      if (L2Entry.isCompressed(entry)) {
        long start = compressed.position(entry);
        visitBytes(start, compressed.end(entry) - start, owners, visitor);
      } else if (L2Entry.place(entry) != 0) {
        checkAligned("L2 table", table, L2Entry.place(entry));
        visitor.clusters(L2Entry.place(entry) >>> clusterBits, 1, owners);
      }
    }
  }

  private void visitBitmaps(Visitor visitor) throws IOException {
    BitmapDirectory.Place place = BitmapDirectory.place(storage, header);
    visitBytes(place.position(), place.size(), visitor);
    for (BitmapDirectory.Table table : BitmapDirectory.tables(storage, place)) {
      visitBytes(table.position(), table.entries() * 8L, visitor);
      for (int i = 0; i < table.entries(); i++) {
        long data = BitmapDirectory.data(word(table.position() + 8L * i));
        if (data != 0) {
          checkAligned("bitmap table", table.position(), data);
          visitor.clusters(data >>> clusterBits, 1, 1);
        }
      }
    }
  }

  /** Returns a word of a table, which is 0 beyond the end of the file. */
  long word(long position) throws IOException {
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
