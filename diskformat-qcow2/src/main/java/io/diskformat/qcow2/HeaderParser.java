package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.NameBytes;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Reads the header, whose fields lie as {@link HeaderLayout} draws them, in an order in which each
 * can be checked against those before it.
 */
final class HeaderParser {
  static final int MARK = 0x514649fb;

  static final long KNOWN_INCOMPATIBLE =
      Qcow2Header.DIRTY
          | Qcow2Header.CORRUPT
          | Qcow2Header.EXTERNAL_DATA
          | Qcow2Header.COMPRESSION
          | Qcow2Header.EXTENDED_L2;

  private final Storage storage;
  private final String image;
  private ByteBuffer fields = ByteBuffer.allocate(0);

  HeaderParser(Storage storage) {
    this.storage = storage;
    this.image = storage.name();
  }

  /**
   * Reads the header.
   *
   * @throws UnsupportedFeatureException if the image needs what this library does not have
   * @throws CorruptImageException if the header contradicts the specification or the file
   * @throws IOException if it cannot be read
   */
  static Qcow2Header read(Storage storage) throws IOException {
    return new HeaderParser(storage).parse();
  }

  private Qcow2Header parse() throws IOException {
    fields = storage.read(0, (int) Math.min(storage.size(), HeaderLayout.END));
    check(
        fields.limit() >= HeaderLayout.VERSION_2_END, "the file has only %d bytes", fields.limit());
    int mark = fields.getInt(HeaderLayout.MARK);
    check(mark == MARK, "its magic is 0x%08x, not QFI\\xfb", mark);
    int version = version();
    int clusterBits = fields.getInt(HeaderLayout.CLUSTER_BITS);
    check(
        clusterBits >= Qcow2Header.MIN_CLUSTER_BITS && clusterBits <= Qcow2Header.MAX_CLUSTER_BITS,
        "cluster_bits is %d, not 9 to 21",
        clusterBits);
    int headerLength = headerLength(version, clusterBits);
    long backingPosition = fields.getLong(HeaderLayout.BACKING_NAME);
    check(
        backingPosition >= 0 && backingPosition <= 1L << clusterBits,
        "the backing file's name is at %d, outside the first cluster",
        backingPosition);
    int extensionsEnd =
        (int) Math.min(storage.size(), backingPosition != 0 ? backingPosition : 1L << clusterBits);
    HeaderExtensions extensions =
        HeaderExtensions.read(storage, storage.read(0, extensionsEnd), headerLength);

    long incompatible = version < 3 ? 0 : fields.getLong(HeaderLayout.INCOMPATIBLE);
    checkKnown(incompatible, extensions);
    Encryption encryption = encryption();
    boolean extendedL2 = (incompatible & Qcow2Header.EXTENDED_L2) != 0;
    check(
        !extendedL2 || clusterBits >= Qcow2Header.MIN_EXTENDED_L2_CLUSTER_BITS,
        "extended L2 entries need clusters of 16 KiB at least, not cluster_bits %d",
        clusterBits);
    int refcountOrder = version < 3 ? 4 : fields.getInt(HeaderLayout.REFCOUNT_ORDER);
    check(
        refcountOrder >= 0 && refcountOrder <= 6,
        "refcount_order is %s, not 0 to 6",
        Integer.toUnsignedString(refcountOrder));

    long size = size();
    int l1Entries = l1Entries(size, 2 * clusterBits - L2Entry.sizeBits(extendedL2));
    long l1Position = table("L1 table", HeaderLayout.L1_TABLE, clusterBits);
    checkRefcountTable(clusterBits);
    int snapshotCount = fields.getInt(HeaderLayout.SNAPSHOTS);
    check(
        snapshotCount >= 0 && snapshotCount <= Qcow2Header.MAX_SNAPSHOTS,
        "nb_snapshots is %s, more than 65536",
        Integer.toUnsignedString(snapshotCount));
    long snapshotsPosition =
        snapshotCount == 0 ? 0 : table("snapshot table", HeaderLayout.SNAPSHOT_TABLE, clusterBits);

    return new Qcow2Header(
        version,
        clusterBits,
        size,
        l1Entries,
        l1Position,
        fields.getLong(HeaderLayout.REFCOUNT_TABLE),
        fields.getInt(HeaderLayout.REFCOUNT_TABLE_CLUSTERS),
        snapshotCount,
        snapshotsPosition,
        incompatible,
        version < 3 ? 0 : fields.getLong(HeaderLayout.COMPATIBLE),
        version < 3 ? 0 : fields.getLong(HeaderLayout.AUTOCLEAR),
        refcountOrder,
        compression(incompatible, headerLength),
        encryption,
        backingFile(backingPosition, clusterBits),
        extensions);
  }

  private int version() throws IOException {
    int version = fields.getInt(HeaderLayout.VERSION);
    if (version == 1) {
      throw new UnsupportedFeatureException(image, "the qcow format, version 1");
    }
    if (version != 2 && version != 3) {
      throw new UnsupportedFeatureException(
          image, "qcow2 version " + Integer.toUnsignedString(version));
    }
    check(
        version == 2 || fields.limit() >= HeaderLayout.VERSION_3_END,
        "the file has only %d bytes",
        fields.limit());
    return version;
  }

  private int headerLength(int version, int clusterBits) throws IOException {
    if (version == 2) {
      return HeaderLayout.VERSION_2_END;
    }
    int length = fields.getInt(HeaderLayout.LENGTH);
    check(
        length >= HeaderLayout.VERSION_3_END
            && length <= 1 << clusterBits
            && length <= storage.size(),
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

  private Encryption encryption() throws IOException {
    int method = fields.getInt(HeaderLayout.ENCRYPTION);
    Encryption[] methods = Encryption.values();
    if (method < 0 || method >= methods.length) {
      throw new UnsupportedFeatureException(
          image, "encryption method " + Integer.toUnsignedString(method));
    }
    return methods[method];
  }

  /** QEMU counts disks in whole sectors, and so does not show what is beyond the last one. */
  private long size() throws IOException {
    long size = fields.getLong(HeaderLayout.DISK_SIZE);
    check(size >= 0, "the disk's size is %s bytes", Long.toUnsignedString(size));
    return size & -512;
  }

  private int l1Entries(long size, int coverageBits) throws IOException {
    int entries = fields.getInt(HeaderLayout.L1_ENTRIES);
    check(
        entries >= 0 && entries * 8L <= Qcow2Header.MAX_L1_BYTES,
        "the L1 table has %s entries, more than 32 MiB",
        Integer.toUnsignedString(entries));
    long needed = L1Table.entriesFor(size, 1L << coverageBits);
    check(
        entries >= needed,
        "the L1 table has %d entries, but the disk's size needs %d",
        entries,
        needed);
    long end = fields.getLong(HeaderLayout.L1_TABLE) + needed * 8;
    check(
        needed == 0 || end <= storage.size(),
        "the L1 table ends at %d, but the file at %d",
        end,
        storage.size());
    return entries;
  }

  private void checkRefcountTable(int clusterBits) throws IOException {
    var _ = table("refcount table", HeaderLayout.REFCOUNT_TABLE, clusterBits);
    int clusters = fields.getInt(HeaderLayout.REFCOUNT_TABLE_CLUSTERS);
    check(
        clusters > 0 && (long) clusters << clusterBits <= Qcow2Header.MAX_REFCOUNT_TABLE_BYTES,
        "the refcount table has %s clusters, not 1 to 8 MiB's worth",
        Integer.toUnsignedString(clusters));
  }

  private long table(String structure, int field, int clusterBits) throws IOException {
    long position = fields.getLong(field);
    check(
        position >= 0 && position < 1L << 56 && (position & (1L << clusterBits) - 1) == 0,
        "the " + structure + " is at %s, not at the start of a cluster below 2 to the 56",
        Long.toUnsignedString(position));
    return position;
  }

  private CompressionType compression(long incompatible, int headerLength) throws IOException {
    int type =
        headerLength > HeaderLayout.COMPRESSION_TYPE
            ? storage.read(HeaderLayout.COMPRESSION_TYPE, 1).get(0)
            : 0;
    if (type != 0 && type != 1) {
      throw new UnsupportedFeatureException(image, "compression type " + (type & 0xff));
    }
    check(
        type != 0 == ((incompatible & Qcow2Header.COMPRESSION) != 0),
        "compression type %d contradicts incompatible feature bit 3",
        type);
    return type == 0 ? CompressionType.ZLIB : CompressionType.ZSTD;
  }

  private Optional<String> backingFile(long position, int clusterBits) throws IOException {
    if (position == 0) {
      return Optional.empty();
    }
    int length = fields.getInt(HeaderLayout.BACKING_NAME_LENGTH);
    check(
        length >= 0
            && length <= Qcow2Header.MAX_BACKING_NAME
            && position + length <= Math.min(1L << clusterBits, storage.size()),
        "the backing file's name has %s bytes, more than 1023 or the first cluster hold",
        Integer.toUnsignedString(length));
    String name = NameBytes.decode(storage.read(position, length).array());
    return name.isEmpty() ? Optional.empty() : Optional.of(name);
  }

  @SuppressWarnings("AnnotateFormatMethod") // that annotation would be a dependency of users
  private void check(boolean condition, String problem, Object... found) throws IOException {
    if (!condition) {
      throw new CorruptImageException(image, "header", 0, problem.formatted(found));
    }
  }
}
