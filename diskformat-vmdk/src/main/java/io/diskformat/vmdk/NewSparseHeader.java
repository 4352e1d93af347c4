package io.diskformat.vmdk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The header of a new hosted sparse extent, as {@link SparseHeader} draws it.
 *
 * @param sectors the size of the disk
 * @param stream whether grains are compressed, with markers
 * @param zeroedGrains whether there may be zeroed grains
 * @param described whether a descriptor is inside
 * @param redundantDirectory at which sector that begins, or 0 if there is none
 * @param directory at which sector that begins, or {@link SparseHeader#AT_END}
 * @param overhead how many sectors come before the first grain
 */
record NewSparseHeader(
    long sectors,
    boolean stream,
    boolean zeroedGrains,
    boolean described,
    long redundantDirectory,
    long directory,
    long overhead) {
  /** The sector at which a descriptor inside the extent begins. */
  static final int DESCRIPTOR = 1;

  /** The sectors of a descriptor inside the extent: QEMU rewrites none of another size. */
  static final int DESCRIPTOR_SECTORS = 20;

  /** The size of a grain, in sectors, as all tools have it. */
  static final int GRAIN_SECTORS = 128;

  /** The entries of a grain table. */
  static final int TABLE_ENTRIES = 512;

  /** The sectors of a grain table. */
  static final int TABLE_SECTORS = (TABLE_ENTRIES * Integer.BYTES) >>> ExtentLine.SECTOR_BITS;

  /** The sectors of the disk that a grain table maps. */
  static final int TABLE_COVERAGE = GRAIN_SECTORS * TABLE_ENTRIES;

  /** The largest disk for which readers accept a directory, in sectors. */
  static final long MOST_SECTORS = SparseHeader.MOST_TABLES * TABLE_COVERAGE;

  /** Returns how many grain tables a disk has. */
  static int tables(long sectors) {
    return (int) Math.ceilDiv(sectors, (long) TABLE_COVERAGE);
  }

  /** Returns how many sectors a directory has. */
  static int directorySectors(int tables) {
    return Math.ceilDiv(tables * Integer.BYTES, SparseHeader.LENGTH);
  }

  /** Returns a number of sectors filled up to whole grains. */
  static long aligned(long sectors) {
    return Math.ceilDiv(sectors, (long) GRAIN_SECTORS) * GRAIN_SECTORS;
  }

  /** Returns the header's bytes: a sector. */
  ByteBuffer bytes() {
    ByteBuffer header = ByteBuffer.allocate(SparseHeader.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(0, SparseHeader.MARK);
    header.putInt(4, stream ? 3 : zeroedGrains ? 2 : 1);
    header.putInt(
        8,
        SparseHeader.CHECKED_LINE_ENDS
            | (redundantDirectory > 0 ? SparseHeader.REDUNDANT : 0)
            | (zeroedGrains ? SparseHeader.ZEROED_GRAINS : 0)
            | (stream ? SparseHeader.COMPRESSED | SparseHeader.MARKERS : 0));
    header.putLong(12, sectors);
    header.putLong(20, GRAIN_SECTORS);
    header.putLong(28, described ? DESCRIPTOR : 0);
    header.putLong(36, described ? DESCRIPTOR_SECTORS : 0);
    header.putInt(44, TABLE_ENTRIES);
    header.putLong(48, redundantDirectory);
    header.putLong(56, directory);
    header.putLong(64, overhead);
    header.putInt(73, SparseHeader.LINE_ENDS);
    header.putShort(77, (short) (stream ? SparseHeader.ZLIB : 0));
    return header;
  }
}
