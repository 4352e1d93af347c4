package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;

/** Finds where an image's tables are: all that a write of data must not land on. */
final class MetadataScan {
  private MetadataScan() {}

  /**
   * Returns the regions of an image's tables.
   *
   * @throws CorruptImageException if two tables overlap, or a table is at no place for one
   * @throws IOException if they cannot be read
   */
  static MetadataRegions regions(
      Storage storage, Qcow2Header header, ClusterMap map, Refcounts refcounts) throws IOException {
    int bits = header.clusterBits();
    MetadataRegions regions = new MetadataRegions(storage.name(), bits);
    regions.add(0, 1, MetadataRegions.Kind.HEADER);
    regions.add(
        refcounts.tableOffset() >>> bits,
        refcounts.tableClusters(),
        MetadataRegions.Kind.REFCOUNT_TABLE);
    for (long block : refcounts.blocks()) {
      if (block != 0) {
        regions.add(block >>> bits, 1, MetadataRegions.Kind.REFCOUNT_BLOCK);
      }
    }
    addL1(storage, regions, bits, map.l1(), MetadataRegions.Kind.L1, MetadataRegions.Kind.L2);
    if (header.snapshotCount() > 0) {
      SnapshotTable snapshots = SnapshotTable.read(storage, header);
      long start = header.snapshotsOffset();
      regions.add(
          start >>> bits,
          ((snapshots.end() - 1) >>> bits) - (start >>> bits) + 1,
          MetadataRegions.Kind.SNAPSHOT_TABLE);
      for (SnapshotTable.Entry entry : snapshots.entries()) {
        addL1(
            storage,
            regions,
            bits,
            entry.l1(),
            MetadataRegions.Kind.SNAPSHOT_L1,
            MetadataRegions.Kind.SNAPSHOT_L2);
      }
    }
    BitmapDirectory.Place bitmaps = BitmapDirectory.place(storage, header);
    if (bitmaps.size() > 0) {
      regions.add(
          bitmaps.offset() >>> bits,
          ((bitmaps.offset() + bitmaps.size() - 1) >>> bits) - (bitmaps.offset() >>> bits) + 1,
          MetadataRegions.Kind.BITMAPS);
    }
    return regions;
  }

  private static void addL1(
      Storage storage,
      MetadataRegions regions,
      int clusterBits,
      L1Table l1,
      MetadataRegions.Kind l1Kind,
      MetadataRegions.Kind l2Kind)
      throws IOException {
    if (l1.entries() == 0) {
      return;
    }
    long bytes = l1.entries() * 8L;
    regions.add(l1.offset() >>> clusterBits, ((bytes - 1) >>> clusterBits) + 1, l1Kind);
    for (int i = 0; i < l1.entries(); i++) {
      long table = l1Entry(storage, l1, i) & ClusterMap.OFFSET_MASK;
      if ((table & (1L << clusterBits) - 1) != 0) {
        throw new CorruptImageException(
            storage.name(),
            l1Kind.toString(),
            l1.offset(),
            "entry " + i + " points to " + table + ", not to the start of a cluster");
      }
      if (table != 0) {
        regions.add(table >>> clusterBits, 1, l2Kind);
      }
    }
  }

  /** Returns an L1 entry; those past the end of the file, which no disk offset needs, are 0. */
  static long l1Entry(Storage storage, L1Table l1, int index) throws IOException {
    try {
      return storage.readLong(l1.offset() + 8L * index);
    } catch (EOFException e) {
      return 0;
    }
  }
}
