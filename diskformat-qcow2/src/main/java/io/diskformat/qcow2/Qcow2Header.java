package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The header of an image, checked: every value is within the bounds that QEMU sets. Section
 * "Header" of the specification. Version 2 lacks the last fields; they then have the values that
 * stand for its behaviour.
 *
 * @param version 2 or 3
 * @param clusterBits log2 of the cluster size, 9 to 21
 * @param size of the disk, in bytes
 * @param l1Entries how many entries the active L1 table has
 * @param l1Offset where that is in the file
 * @param refcountTableOffset where the refcount table is in the file
 * @param refcountTableClusters how many clusters that occupies
 * @param snapshotCount how many snapshots there are
 * @param snapshotsOffset where the snapshot table is in the file
 * @param incompatible the incompatible feature bits, all of them known
 * @param compatible the compatible feature bits
 * @param autoclear the autoclear feature bits
 * @param refcountOrder log2 of the width of a refcount in bits, 0 to 6
 * @param compression how compressed clusters are compressed
 * @param backingFile the recorded name of the backing file
 * @param extensions the header extensions
 */
record Qcow2Header(
    int version,
    int clusterBits,
    long size,
    int l1Entries,
    long l1Offset,
    long refcountTableOffset,
    int refcountTableClusters,
    int snapshotCount,
    long snapshotsOffset,
    long incompatible,
    long compatible,
    long autoclear,
    int refcountOrder,
    CompressionType compression,
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

  private static final long KNOWN_INCOMPATIBLE =
      DIRTY | CORRUPT | EXTERNAL_DATA | COMPRESSION | EXTENDED_L2;

  private static final int MAGIC = 0x514649fb;
  private static final int V2_LENGTH = 72;
  private static final int V3_LENGTH = 104;
  private static final int COMPRESSION_TYPE_OFFSET = 104;
  private static final int MIN_CLUSTER_BITS = 9;
  private static final int MAX_CLUSTER_BITS = 21;
  private static final int MIN_EXTENDED_L2_CLUSTER_BITS = 14;
  static final int MAX_BACKING_NAME = 1023;
  private static final int MAX_SNAPSHOTS = 65536;
  static final long MAX_L1_BYTES = 32 << 20;
  private static final long MAX_REFCOUNT_TABLE_BYTES = 8 << 20;

  /**
   * Reads the header.
   *
   * @throws UnsupportedFeatureException if the image needs what this library does not have
   * @throws CorruptImageException if the header contradicts the specification or the file
   * @throws IOException if it cannot be read
   */
  static Qcow2Header read(Storage storage) throws IOException {
    return new Parser(storage).parse();
  }

  int clusterSize() {
    return 1 << clusterBits;
  }

  boolean has(long incompatibleBit) {
    return (incompatible & incompatibleBit) != 0;
  }

  /** Returns log2 of the number of bytes of the disk that one L2 table covers. */
  int l2CoverageBits() {
    return clusterBits + clusterBits - (has(EXTENDED_L2) ? 4 : 3);
  }

  /** Returns whether the data file is a raw image of the disk. */
  boolean hasRawData() {
    return has(EXTERNAL_DATA) && (autoclear & RAW_EXTERNAL_DATA) != 0;
  }

  /** Reads the fields in an order in which each can be checked against those before it. */
  private static final class Parser {
    private final Storage storage;
    private final String image;
    private ByteBuffer fields = ByteBuffer.allocate(0);

    Parser(Storage storage) {
      this.storage = storage;
      this.image = storage.name();
    }

    Qcow2Header parse() throws IOException {
      fields = bytes(0, (int) Math.min(storage.size(), COMPRESSION_TYPE_OFFSET + 8));
      check(fields.limit() >= V2_LENGTH, "the file has only %d bytes", fields.limit());
      check(fields.getInt(0) == MAGIC, "its magic is 0x%08x, not QFI\\xfb", fields.getInt(0));
      int version = version();
      int clusterBits = fields.getInt(20);
      check(
          clusterBits >= MIN_CLUSTER_BITS && clusterBits <= MAX_CLUSTER_BITS,
          "cluster_bits is %d, not 9 to 21",
          clusterBits);
      int headerLength = headerLength(version, clusterBits);
      long backingOffset = fields.getLong(8);
      check(
          backingOffset >= 0 && backingOffset <= 1L << clusterBits,
          "the backing file's name is at %d, outside the first cluster",
          backingOffset);
      int extensionsEnd =
          (int) Math.min(storage.size(), backingOffset != 0 ? backingOffset : 1L << clusterBits);
      HeaderExtensions extensions =
          HeaderExtensions.read(storage, bytes(0, extensionsEnd), headerLength);

      long incompatible = version < 3 ? 0 : fields.getLong(72);
      checkKnown(incompatible, extensions);
      checkEncryption();
      boolean extendedL2 = (incompatible & EXTENDED_L2) != 0;
      check(
          !extendedL2 || clusterBits >= MIN_EXTENDED_L2_CLUSTER_BITS,
          "extended L2 entries need clusters of 16 KiB at least, not cluster_bits %d",
          clusterBits);
      int refcountOrder = version < 3 ? 4 : fields.getInt(96);
      check(
          refcountOrder >= 0 && refcountOrder <= 6,
          "refcount_order is %s, not 0 to 6",
          Integer.toUnsignedString(refcountOrder));

      long size = size();
      int l1Entries = l1Entries(size, clusterBits + clusterBits - (extendedL2 ? 4 : 3));
      long l1Offset = table("L1 table", 40, clusterBits);
      checkRefcountTable(clusterBits);
      int snapshotCount = fields.getInt(60);
      check(
          snapshotCount >= 0 && snapshotCount <= MAX_SNAPSHOTS,
          "nb_snapshots is %s, more than 65536",
          Integer.toUnsignedString(snapshotCount));
      long snapshotsOffset = snapshotCount == 0 ? 0 : table("snapshot table", 64, clusterBits);

      return new Qcow2Header(
          version,
          clusterBits,
          size,
          l1Entries,
          l1Offset,
          fields.getLong(48),
          fields.getInt(56),
          snapshotCount,
          snapshotsOffset,
          incompatible,
          version < 3 ? 0 : fields.getLong(80),
          version < 3 ? 0 : fields.getLong(88),
          refcountOrder,
          compression(incompatible, headerLength),
          backingFile(backingOffset, clusterBits),
          extensions);
    }

    private int version() throws IOException {
      int version = fields.getInt(4);
      if (version == 1) {
        throw new UnsupportedFeatureException(image, "the qcow format, version 1");
      }
      if (version != 2 && version != 3) {
        throw new UnsupportedFeatureException(
            image, "qcow2 version " + Integer.toUnsignedString(version));
      }
      check(
          version == 2 || fields.limit() >= V3_LENGTH,
          "the file has only %d bytes",
          fields.limit());
      return version;
    }

    private int headerLength(int version, int clusterBits) throws IOException {
      if (version == 2) {
        return V2_LENGTH;
      }
      int length = fields.getInt(100);
      check(
          length >= V3_LENGTH && length <= 1 << clusterBits && length <= storage.size(),
          "header_length is %s, not 104 to the size of a cluster",
          Integer.toUnsignedString(length));
      return length;
    }

    private void checkKnown(long incompatible, HeaderExtensions extensions) throws IOException {
      long unknown = incompatible & ~KNOWN_INCOMPATIBLE;
      if (unknown == 0) {
        return;
      }
      int bit = Long.numberOfTrailingZeros(unknown);
      throw new UnsupportedFeatureException(
          image,
          extensions
              .incompatibleFeatureName(bit)
              .map(name -> "\"" + name + "\" (qcow2 incompatible feature bit " + bit + ")")
              .orElse("qcow2 incompatible feature bit " + bit));
    }

    private void checkEncryption() throws IOException {
      int method = fields.getInt(32);
      switch (method) {
        case 0 -> {}
        case 1 -> throw new UnsupportedFeatureException(image, "AES encryption");
        case 2 -> throw new UnsupportedFeatureException(image, "LUKS encryption");
        default ->
            throw new UnsupportedFeatureException(
                image, "encryption method " + Integer.toUnsignedString(method));
      }
    }

    /** QEMU counts disks in whole sectors, and so does not show what is beyond the last one. */
    private long size() throws IOException {
      long size = fields.getLong(24);
      check(size >= 0, "the disk's size is %s bytes", Long.toUnsignedString(size));
      return size & -512;
    }

    private int l1Entries(long size, int coverageBits) throws IOException {
      int entries = fields.getInt(36);
      check(
          entries >= 0 && entries * 8L <= MAX_L1_BYTES,
          "the L1 table has %s entries, more than 32 MiB",
          Integer.toUnsignedString(entries));
      long needed = (size >>> coverageBits) + ((size & (1L << coverageBits) - 1) == 0 ? 0 : 1);
      check(
          entries >= needed,
          "the L1 table has %d entries, but the disk's size needs %d",
          entries,
          needed);
      long end = fields.getLong(40) + needed * 8;
      check(
          needed == 0 || end <= storage.size(),
          "the L1 table ends at %d, but the file at %d",
          end,
          storage.size());
      return entries;
    }

    private void checkRefcountTable(int clusterBits) throws IOException {
      var _ = table("refcount table", 48, clusterBits);
      int clusters = fields.getInt(56);
      check(
          clusters > 0 && (long) clusters << clusterBits <= MAX_REFCOUNT_TABLE_BYTES,
          "the refcount table has %s clusters, not 1 to 8 MiB's worth",
          Integer.toUnsignedString(clusters));
    }

    private long table(String structure, int field, int clusterBits) throws IOException {
      long offset = fields.getLong(field);
      check(
          offset >= 0 && offset < 1L << 56 && (offset & (1L << clusterBits) - 1) == 0,
          "the " + structure + " is at %s, not at the start of a cluster below 2 to the 56",
          Long.toUnsignedString(offset));
      return offset;
    }

    private CompressionType compression(long incompatible, int headerLength) throws IOException {
      int type =
          headerLength > COMPRESSION_TYPE_OFFSET ? bytes(COMPRESSION_TYPE_OFFSET, 1).get(0) : 0;
      if (type != 0 && type != 1) {
        throw new UnsupportedFeatureException(image, "compression type " + (type & 0xff));
      }
      check(
          type != 0 == ((incompatible & COMPRESSION) != 0),
          "compression type %d contradicts incompatible feature bit 3",
          type);
      return type == 0 ? CompressionType.ZLIB : CompressionType.ZSTD;
    }

    private Optional<String> backingFile(long offset, int clusterBits) throws IOException {
      if (offset == 0) {
        return Optional.empty();
      }
      int length = fields.getInt(16);
      check(
          length >= 0
              && length <= MAX_BACKING_NAME
              && offset + length <= Math.min(1L << clusterBits, storage.size()),
          "the backing file's name has %s bytes, more than 1023 or the first cluster hold",
          Integer.toUnsignedString(length));
      String name = StandardCharsets.UTF_8.decode(bytes(offset, length)).toString();
      return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    private ByteBuffer bytes(long position, int length) throws IOException {
      byte[] bytes = new byte[length];
      storage.read(position, MemorySegment.ofArray(bytes));
      return ByteBuffer.wrap(bytes);
    }

    @SuppressWarnings("AnnotateFormatMethod") // that annotation would be a dependency of users
    private void check(boolean condition, String problem, Object... found) throws IOException {
      if (!condition) {
        throw new CorruptImageException(image, "header", 0, problem.formatted(found));
      }
    }
  }
}
