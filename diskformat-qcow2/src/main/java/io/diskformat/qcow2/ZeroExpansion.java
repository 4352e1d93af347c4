package io.diskformat.qcow2;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.TableWriter;
import java.io.IOException;

/**
 * Records the zero clusters of an image and of its snapshots in the way that version 2 has: where
 * nothing is below as not stored, otherwise as stored zeroes. What the disks show stays the same.
 */
final class ZeroExpansion {
  private final ImageTables tables;
  private final Storage data;
  private final MetadataPages pages;
  private final ClusterAllocator allocator;
  private final TableWriter writer;
  private final int clusterBits;
  private final boolean hasBacking;

  ZeroExpansion(ImageTables tables, Storage data, TableWriter writer) {
    this.tables = tables;
    this.data = data;
    this.pages = tables.pages();
    this.allocator = tables.allocator();
    this.writer = writer;
    this.clusterBits = tables.header().clusterBits();
    this.hasBacking = tables.header().backingFile().isPresent();
  }

  /**
   * Expands all zero clusters. The COPIED flags are to be corrected afterwards.
   *
   * @throws UnsupportedFeatureException if a refcount is too narrow
   */
  void run(References references, SnapshotTable snapshots) throws IOException {
    references.visitL2Tables(snapshots.l1Tables(tables.map().l1()), this::expand);
    writer.flush();
  }

  /** Changes a table in place, for all to which it belongs. */
  private void expand(long table, long owners) throws IOException {
    for (long at = table; at < table + (1L << clusterBits); at += Long.BYTES) {
      long entry = pages.read(at);
      if (!L2Entry.isCompressed(entry) && L2Entry.isZero(entry)) {
        long place = L2Entry.place(entry);
        long stored = hasBacking ? stored(place, owners) : 0;
        pages.write(at, stored, WriteOrder.L2);
        for (long i = 0; place != 0 && stored != place && i < owners; i++) {
          allocator.free(place >>> clusterBits);
        }
        writer.flushIfWanted();
      }
    }
  }

  /** Returns a place of zeroes, which is the one that was reserved if nothing else refers to it. */
  private long stored(long reserved, long owners) throws IOException {
    if (reserved != 0 && owners == 1 && allocator.isSingle(reserved >>> clusterBits)) {
      data.zero(reserved, 1L << clusterBits, false);
      return reserved;
    }
    long place = allocator.allocate(1).position();
    for (long i = 1; i < owners; i++) {
      if (!allocator.share(place >>> clusterBits)) {
        throw new UnsupportedFeatureException(
            tables.storage().name(), "a zero cluster of more snapshots than a refcount can count");
      }
    }
    data.zero(place, 1L << clusterBits, false);
    return place;
  }
}
