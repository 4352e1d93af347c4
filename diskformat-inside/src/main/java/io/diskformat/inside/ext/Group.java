package io.diskformat.inside.ext;

import java.nio.ByteBuffer;

/**
 * What a group's descriptor says. Numbers have their lowest byte first; a wide descriptor has the
 * upper halves of some in its second 32 bytes.
 *
 * <pre>
 *  0  block of the bitmap of blocks, 32 bits; more at 20
 *  4  block of the bitmap of inodes, 32 bits; more at 24
 *  8  first block of the inodes, 32 bits; more at 28
 *  C  free blocks, 16 bits; more at 2C
 *  E  free inodes, 16 bits; more at 2E
 * 10  directories, 16 bits; more at 30
 * 12  flags, 16 bits
 * 18  checksum of the bitmap of blocks, 16 bits; more at 38
 * 1A  checksum of the bitmap of inodes, 16 bits; more at 3A
 * 1C  inodes at the end that were never used, 16 bits; more at 32
 * 1E  checksum, 16 bits
 * </pre>
 *
 * @param number of the group
 * @param inodeTable first block of its inodes
 */
record Group(long number, long inodeTable) {
  static final int CHECKSUM_AT = 0x1E;

  static Group of(long number, ByteBuffer bytes, boolean wide) {
    long inodeTable = Integer.toUnsignedLong(bytes.getInt(8));
    if (wide) {
      inodeTable |= Integer.toUnsignedLong(bytes.getInt(0x28)) << Integer.SIZE;
    }
    return new Group(number, inodeTable);
  }
}
