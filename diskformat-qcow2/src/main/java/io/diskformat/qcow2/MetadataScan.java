package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;

/** Finds where an image's tables are: all that a write of data must not land on. */
final class MetadataScan {
  /**
   * The most bytes of all snapshots' L1 tables together: all are read, and their clusters kept in
   * memory.
   */
  private static final long MAX_SNAPSHOT_L1_BYTES = 256 << 20;

  private MetadataScan() {}

  /**
   * Returns the regions of an image's tables.
   *
   * @throws CorruptImageException if two tables overlap, or a table is where none can be
   * @throws IOException if they cannot be read
   */
  static MetadataRegions regions(
      Storage storage, Qcow2Header header, ClusterMap map, Refcounts refcounts) throws IOException {
    int bits = header.clusterBits();
    MetadataRegions regions = new MetadataRegions(storage.name(), bits);
    regions.add(0, 1, MetadataRegions.Kind.HEADER);
    regions.add(
        refcounts.tablePosition() >>> bits,
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
      long start = header.snapshotsPosition();
      regions.addBytes(start, snapshots.end(), MetadataRegions.Kind.SNAPSHOT_TABLE);
      checkL1Tables(storage, snapshots);
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
    regions.addBytes(
        bitmaps.position(), bitmaps.position() + bitmaps.size(), MetadataRegions.Kind.BITMAPS);
    if (header.encryption() == Encryption.LUKS) {
      EncryptionHeader luks = EncryptionHeader.of(storage, header);
      regions.addBytes(luks.position(), luks.end(), MetadataRegions.Kind.ENCRYPTION_HEADER);
    }
    return regions;
  }

  /** Throws if snapshots claim more than the file has. */
  private static void checkL1Tables(Storage storage, SnapshotTable snapshots) throws IOException {
    long size = storage.size();
    for (SnapshotTable.Entry entry : snapshots.entries()) {
      long end = entry.l1().end();
      if (entry.l1().entries() > 0 && end > size) {
        throw new CorruptImageException(
            storage.name(),
            MetadataRegions.Kind.SNAPSHOT_L1.toString(),
            entry.l1().position(),
            "ends at " + end + ", but the file at " + size);
      }
    }
    checkSnapshotL1(storage, snapshots, 0);
  }

  /**
   * Throws if one more snapshot would keep the image from being opened for writing.
   *
   * @param more the length of its L1 table, in bytes
   */
  static void checkSnapshotL1(Storage storage, SnapshotTable snapshots, long more)
      throws UnsupportedFeatureException {
    long bytes = more;
    for (SnapshotTable.Entry entry : snapshots.entries()) {
      bytes += entry.l1().length();
    }
    if (bytes > MAX_SNAPSHOT_L1_BYTES) {
      throw new UnsupportedFeatureException(
          storage.name(),
          "writing a qcow2 image whose snapshots have L1 tables of " + bytes + " bytes");
    }
  }

  private static void addL1(
      Storage storage,
      MetadataRegions regions,
      int clusterBits,
      L1Table l1,
      MetadataRegions.Kind l1Kind,
      MetadataRegions.Kind l2Kind)
      throws IOException {
    regions.addBytes(l1.position(), l1.end(), l1Kind);
    for (int i = 0; i < l1.entries(); i++) {
      long table = L1Entry.table(l1Entry(storage, l1, i));
      if ((table & (1L << clusterBits) - 1) != 0) {
        throw new CorruptImageException(
            storage.name(),
            l1Kind.toString(),
            l1.position(),
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
      return storage.readLong(l1.entryPosition(index));
    } catch (EOFException e) {
      return 0;
    }
  }
}
