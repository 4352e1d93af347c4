package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.Storage;
import java.util.Optional;

/**
 * The header of an image, checked: every value is within the bounds that QEMU sets. Version 2 lacks
 * the last fields; here they then have the values that mean the same. {@link HeaderLayout} draws
 * where each field is in the file.
 *
 * @param version 2 or 3
 * @param clusterBits log2 of the cluster size, 9 to 21
 * @param size of the disk, in bytes
 * @param l1Entries how many entries the active L1 table has
 * @param l1Position where that is in the file
 * @param refcountTablePosition where the refcount table is in the file
 * @param refcountTableClusters how many clusters that occupies
 * @param snapshotCount how many snapshots there are
 * @param snapshotsPosition where the snapshot table is in the file
 * @param incompatible the incompatible feature bits, all of them known
 * @param compatible the compatible feature bits
 * @param autoclear the autoclear feature bits
 * @param refcountOrder log2 of the width of a refcount in bits, 0 to 6
 * @param compression how compressed clusters are compressed
 * @param encryption how the disk's content is encrypted
 * @param backingFile the recorded name of the backing file
 * @param extensions the header extensions
 */
record Qcow2Header(
    int version,
    int clusterBits,
    long size,
    int l1Entries,
    long l1Position,
    long refcountTablePosition,
    int refcountTableClusters,
    int snapshotCount,
    long snapshotsPosition,
    long incompatible,
    long compatible,
    long autoclear,
    int refcountOrder,
    CompressionType compression,
    Encryption encryption,
    Optional<String> backingFile,
    HeaderExtensions extensions) {

  /** Incompatible: refcounts may be wrong. */
  static final long DIRTY = 1;

  /** Incompatible: some structure was found to be wrong. */
  static final long CORRUPT = 1 << 1;

  /** Incompatible: the data is in another file. */
  static final long EXTERNAL_DATA = 1 << 2;

  /** Incompatible: the compression type is not zlib. */
  static final long COMPRESSION = 1 << 3;

  /** Incompatible: L2 entries are extended. */
  static final long EXTENDED_L2 = 1 << 4;

  /** Compatible: refcounts are updated lazily. */
  static final long LAZY_REFCOUNTS = 1;

  /** Autoclear: the bitmaps extension is consistent with the data. */
  static final long BITMAPS = 1;

  /** Autoclear: the external data file is a raw image of the disk. */
  static final long RAW_EXTERNAL_DATA = 1 << 1;

  static final int MIN_CLUSTER_BITS = 9;
  static final int MAX_CLUSTER_BITS = 21;

  /** Log2 of the smallest cluster with subclusters, in bytes: a subcluster is at least a sector. */
  static final int MIN_EXTENDED_L2_CLUSTER_BITS = 14;

  /** The longest refcount table with which QEMU opens an image, in bytes. */
  static final int MAX_REFCOUNT_TABLE_BYTES = 8 << 20;

  /** The most snapshots with which QEMU opens an image. */
  static final int MAX_SNAPSHOTS = 65536;

  /** The longest name of a backing file that the specification allows, in bytes. */
  static final int MAX_BACKING_NAME = 1023;

  /** The longest L1 table with which QEMU opens an image, in bytes. */
  static final long MAX_L1_BYTES = 32 << 20;

  int clusterSize() {
    return 1 << clusterBits;
  }

  /** Returns how many clusters a structure of {@code bytes} bytes has. */
  int clustersOf(long bytes) {
    return Math.toIntExact((bytes + clusterSize() - 1) >>> clusterBits);
  }

  boolean has(long incompatibleBit) {
    return (incompatible & incompatibleBit) != 0;
  }

  /**
   * Requires that an image may be written.
   *
   * @throws CorruptImageException if it is marked as corrupt
   */
  void requireNotCorrupt(Storage storage) throws CorruptImageException {
    if (has(CORRUPT)) {
      throw new CorruptImageException(
          storage.name(), "header", 0, "the image is marked as corrupt, and can only be read");
    }
  }

  /**
   * Returns the header that the image would have with a backing file, whether it has one or not.
   */
  Qcow2Header overBackingFile() {
    return with(snapshotCount, snapshotsPosition, backingFile.or(() -> Optional.of("")));
  }

  /** Returns log2 of the size of an L2 entry in bytes. */
  int l2EntryBits() {
    return L2Entry.sizeBits(has(EXTENDED_L2));
  }

  /** Returns log2 of the number of bytes of the disk that one L2 table covers. */
  int l2CoverageBits() {
    return clusterBits + clusterBits - l2EntryBits();
  }

  /** Returns the same header with other snapshots. */
  Qcow2Header withSnapshots(int count, long position) {
    return with(count, position, backingFile);
  }

  private Qcow2Header with(int snapshots, long position, Optional<String> backing) {
    return new Qcow2Header(
        version,
        clusterBits,
        size,
        l1Entries,
        l1Position,
        refcountTablePosition,
        refcountTableClusters,
        snapshots,
        position,
        incompatible,
        compatible,
        autoclear,
        refcountOrder,
        compression,
        encryption,
        backing,
        extensions);
  }

  /** Returns the L1 table of the disk. */
  L1Table l1() {
    return new L1Table(l1Position, l1Entries);
  }

  /** Returns whether the data file is a raw image of the disk. */
  boolean hasRawData() {
    return has(EXTERNAL_DATA) && (autoclear & RAW_EXTERNAL_DATA) != 0;
  }
}
