package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The header of a hosted sparse extent, checked as far as the extent can be read by it. A stream
 * whose tables were written last has a copy of it at its end, its footer, which says where they
 * are. Numbers have their lowest byte first.
 *
 * <pre>
 * offset  size  field
 *   0       4   mark, "KDMV"
 *   4       4   version, 1 to 3
 *   8       4   flags: bit 0, the line ends at 73 count; bit 1, there is a redundant directory;
 *               bit 2, there are zeroed grains; bit 16, grains are compressed; bit 17, each has a
 *               marker
 *  12       8   capacity: the size of the disk, in sectors
 *  20       8   grain size in sectors, a power of two
 *  28       8   sector where the descriptor begins, 0 if there is none in here
 *  36       8   how many sectors it has
 *  44       4   entries of a grain table, 512
 *  48       8   sector of the redundant grain directory
 *  56       8   sector of the grain directory; all bits set if the footer says it
 *  64       8   sectors before the first grain
 *  72       1   1 while the extent is written
 *  73       4   "\n \r\n", which a transfer as text would have changed
 *  77       2   how grains are compressed: 1, zlib
 *  79     433   zeroes
 * </pre>
 *
 * @param position where it is in the file, in bytes
 * @param flags as they are
 * @param capacity the size of the disk, in sectors
 * @param grainSectors the size of a grain, in sectors
 * @param descriptor at which sector that begins, or 0
 * @param descriptorSectors how many sectors that has
 * @param tableEntries how many entries a grain table has
 * @param redundantDirectory at which sector that begins, if the flags say that there is one
 * @param directory at which sector that begins, or {@link #AT_END}
 * @param overhead how many sectors come before the first grain
 * @param unclean whether the extent was not closed
 */
record SparseHeader(
    long position,
    int flags,
    long capacity,
    long grainSectors,
    long descriptor,
    long descriptorSectors,
    long tableEntries,
    long redundantDirectory,
    long directory,
    long overhead,
    boolean unclean) {
  /** Stands for a place of the directory that the footer says. */
  static final long AT_END = -1;

  /** The length of a header, in bytes: a sector. */
  static final int LENGTH = 512;

  static final int MARK = 0x564d_444b;

  static final int CHECKED_LINE_ENDS = 1;
  static final int REDUNDANT = 1 << 1;
  static final int ZEROED_GRAINS = 1 << 2;
  static final int COMPRESSED = 1 << 16;
  static final int MARKERS = 1 << 17;

  /** The flags that a reader must know in order to read the extent. */
  private static final int INCOMPATIBLE = 0xffff_0000;

  static final int LINE_ENDS = 0x0a0d_200a;
  private static final int NEWEST_VERSION = 3;
  static final int ZLIB = 1;

  /** The largest grain, as for QEMU, in sectors. */
  static final long LARGEST_GRAIN = 0x20_0000;

  /** The largest grain that is written, in sectors: one write may copy a whole grain, 64 MiB. */
  private static final long LARGEST_WRITTEN_GRAIN = 1 << 17;

  /**
   * The largest compressed grain, in sectors: grains are decompressed whole, and tools make them of
   * 64 KiB.
   */
  private static final long LARGEST_COMPRESSED_GRAIN = 4096;

  static final long MOST_TABLE_ENTRIES = 1 << 16;

  /** The most entries of a directory, all of which is read when the extent is opened. */
  static final long MOST_TABLES = 1 << 22;

  /** The most grains of a compressed extent: those that a location has bits for. */
  private static final long MOST_COMPRESSED_GRAINS = 1L << 31;

  /** The most sectors of a file, so that each place fits a location. */
  static final long MOST_SECTORS = 1L << 46;

  /**
   * Reads the header at a position of a file.
   *
   * @throws CorruptImageException if there is none
   */
  static SparseHeader read(Storage storage, long position) throws IOException {
    if (position > storage.size() - LENGTH) {
      throw corrupt(
          storage, position, "needs " + LENGTH + " bytes, but the file has " + storage.size());
    }
    ByteBuffer fields = storage.read(position, LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    if (fields.getInt(0) != MARK) {
      throw corrupt(storage, position, "does not begin with \"KDMV\"");
    }
    int version = fields.getInt(4);
    if (version < 1 || version > NEWEST_VERSION) {
      throw new UnsupportedFeatureException(
          storage.name(), "VMDK sparse header version " + Integer.toUnsignedString(version));
    }
    SparseHeader header =
        new SparseHeader(
            position,
            fields.getInt(8),
            fields.getLong(12),
            fields.getLong(20),
            fields.getLong(28),
            fields.getLong(36),
            Integer.toUnsignedLong(fields.getInt(44)),
            fields.getLong(48),
            fields.getLong(56),
            fields.getLong(64),
            fields.get(72) != 0);
    header.checkFlags(storage, fields);
    header.check(storage);
    return header;
  }

  private void checkFlags(Storage storage, ByteBuffer fields) throws IOException {
    if (has(CHECKED_LINE_ENDS) && fields.getInt(73) != LINE_ENDS) {
      throw corrupt(storage, position, "was changed by a transfer as text: its line ends differ");
    }
    int unknown = flags & INCOMPATIBLE & ~COMPRESSED & ~MARKERS;
    if (unknown != 0) {
      throw new UnsupportedFeatureException(
          storage.name(), "VMDK sparse header flags 0x" + Integer.toHexString(unknown));
    }
    if (hasMarkers() && !isCompressed()) {
      throw corrupt(storage, position, "says markers, but no compression");
    }
    int algorithm = Short.toUnsignedInt(fields.getShort(77));
    if (isCompressed() && algorithm != ZLIB) {
      throw new UnsupportedFeatureException(
          storage.name(), "VMDK compression algorithm " + algorithm);
    }
  }

  private void check(Storage storage) throws IOException {
    long largest = isCompressed() ? LARGEST_COMPRESSED_GRAIN : LARGEST_GRAIN;
    if (!isPowerOfTwo(grainSectors, LARGEST_GRAIN)) {
      throw corrupt(
          storage, position, "says grains of " + Long.toUnsignedString(grainSectors) + " sectors");
    }
    if (grainSectors > largest) {
      throw new UnsupportedFeatureException(
          storage.name(), "compressed VMDK grains of " + grainSectors + " sectors");
    }
    if (!isPowerOfTwo(tableEntries, MOST_TABLE_ENTRIES)) {
      throw corrupt(storage, position, "says grain tables of " + tableEntries + " entries");
    }
    if (!isPlace(capacity) || tables() > MOST_TABLES) {
      throw corrupt(
          storage,
          position,
          "says a disk of "
              + Long.toUnsignedString(capacity)
              + " sectors, more than "
              + MOST_TABLES
              + " grain tables");
    }
    if (isCompressed() && grains() > MOST_COMPRESSED_GRAINS) {
      throw new UnsupportedFeatureException(
          storage.name(), "more than " + MOST_COMPRESSED_GRAINS + " compressed VMDK grains");
    }
    requirePlace(storage, "descriptor", descriptor);
    requirePlace(storage, "descriptor's length", descriptorSectors);
    requirePlace(storage, "redundant directory", hasRedundant() ? redundantDirectory : 0);
    requirePlace(storage, "directory", directory == AT_END ? 0 : directory);
    requirePlace(storage, "first grain", isCompressed() ? overhead : 0);
  }

  private void requirePlace(Storage storage, String what, long sector)
      throws CorruptImageException {
    if (!isPlace(sector)) {
      throw corrupt(
          storage, position, "says " + Long.toUnsignedString(sector) + " sectors for the " + what);
    }
  }

  /** Returns a number of sectors in bytes; negative if it is more than any disk has. */
  static long inBytes(long sectors) {
    return isPlace(sectors) ? sectors << ExtentLine.SECTOR_BITS : -1;
  }

  private static boolean isPlace(long sector) {
    return sector >= 0 && sector <= MOST_SECTORS;
  }

  static boolean isPowerOfTwo(long number, long most) {
    return number > 0 && number <= most && Long.bitCount(number) == 1;
  }

  /** Returns this header, as if it had been read from a position, in bytes. */
  SparseHeader at(long otherPosition) {
    return new SparseHeader(
        otherPosition,
        flags,
        capacity,
        grainSectors,
        descriptor,
        descriptorSectors,
        tableEntries,
        redundantDirectory,
        directory,
        overhead,
        unclean);
  }

  /**
   * Requires that this footer is of the same disk as a header.
   *
   * @throws CorruptImageException if it is not
   */
  void requireSameDisk(String image, SparseHeader header) throws CorruptImageException {
    if (capacity != header.capacity
        || grainSectors != header.grainSectors
        || tableEntries != header.tableEntries
        || isCompressed() != header.isCompressed()
        || hasMarkers() != header.hasMarkers()) {
      throw new CorruptImageException(
          image, "footer", position, "describes another disk than the header");
    }
  }

  private static CorruptImageException corrupt(Storage storage, long position, String problem) {
    return new CorruptImageException(storage.name(), "sparse header", position, problem);
  }

  private boolean has(int flag) {
    return (flags & flag) != 0;
  }

  boolean hasRedundant() {
    return has(REDUNDANT);
  }

  /**
   * Checks that grains can be written in place.
   *
   * @throws UnsupportedFeatureException if they cannot
   */
  void requireWritable(Storage storage) throws UnsupportedFeatureException {
    if (isCompressed()) {
      throw new UnsupportedFeatureException(
          storage.name(), "writing in place to a compressed VMDK extent (streamOptimized)");
    }
    requireWritableGrain(storage, grainSectors);
  }

  /** Checks that a grain is small enough to be copied by one write. */
  static void requireWritableGrain(Storage storage, long sectors)
      throws UnsupportedFeatureException {
    if (sectors > LARGEST_WRITTEN_GRAIN) {
      throw new UnsupportedFeatureException(
          storage.name(), "writing VMDK grains of " + sectors + " sectors");
    }
  }

  /** Returns whether an entry of a grain table may say that its grain reads as zeroes. */
  boolean hasZeroedGrains() {
    return has(ZEROED_GRAINS);
  }

  boolean isCompressed() {
    return has(COMPRESSED);
  }

  boolean hasMarkers() {
    return has(MARKERS);
  }

  boolean hasDescriptor() {
    return descriptor > 0 && descriptorSectors > 0;
  }

  /** Returns how many grains the disk has. */
  long grains() {
    return (capacity + grainSectors - 1) / grainSectors;
  }

  /** Returns how many entries the grain directory has. */
  long tables() {
    return (grains() + tableEntries - 1) / tableEntries;
  }

  /** Returns the size of the disk, in bytes. */
  long size() {
    return capacity << ExtentLine.SECTOR_BITS;
  }

  /** Returns log2 of the size of a grain in bytes. */
  int grainBits() {
    return Long.numberOfTrailingZeros(grainSectors) + ExtentLine.SECTOR_BITS;
  }

  /** Returns log2 of how many entries a grain table has. */
  int tableBits() {
    return Long.numberOfTrailingZeros(tableEntries);
  }
}
