package io.diskformat.inside.ext;

import io.diskformat.inside.checksum.Crc16;
import io.diskformat.inside.checksum.RawCrc32c;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The checksums of a volume's structures. Each is of the structure without the checksum, which
 * counts as zeroes, or not at all where that is said.
 */
final class Checksums {
  private final int seed;
  private final int uuidChecksum;
  private final boolean ofMetadata;

  /**
   * Creates the checksums of a volume.
   *
   * @param seed that they begin with
   * @param uuidChecksum what those of groups begin with that has no others
   * @param ofMetadata whether all structures have one
   */
  Checksums(int seed, int uuidChecksum, boolean ofMetadata) {
    this.seed = seed;
    this.uuidChecksum = uuidChecksum;
    this.ofMetadata = ofMetadata;
  }

  /** Returns the checksum of the superblock, which no seed is for. */
  static int ofSuperblock(byte[] superblock, int length) {
    return RawCrc32c.update(RawCrc32c.START, superblock, 0, length);
  }

  /** Returns what the checksums of the structures of a file begin with. */
  int seedOf(Inode inode) {
    int sum = RawCrc32c.update(seed, (int) inode.number());
    return RawCrc32c.update(sum, inode.generation());
  }

  /** Returns the checksum of an inode; where it has no upper half, only the lower counts. */
  int ofInode(Inode inode) {
    byte[] without = new byte[inode.bytes().capacity()];
    inode.bytes().get(0, without);
    clear(without, Inode.CHECKSUM_LOW_AT);
    if (inode.reaches(Inode.CHECKSUM_HIGH_AT, Short.BYTES)) {
      clear(without, Inode.CHECKSUM_HIGH_AT);
    }
    return RawCrc32c.update(seedOf(inode), without);
  }

  private static void clear(byte[] bytes, int at) {
    bytes[at] = 0;
    bytes[at + 1] = 0;
  }

  /** Returns the checksum of a group's descriptor; that of old volumes is without its place. */
  short ofGroup(long number, byte[] descriptor) {
    byte[] group = littleEndian(Integer.BYTES).putInt((int) number).array();
    int after = Group.CHECKSUM_AT + Short.BYTES;
    int sum;
    if (ofMetadata) {
      sum = RawCrc32c.update(seed, group);
      sum = RawCrc32c.update(sum, descriptor, 0, Group.CHECKSUM_AT);
      sum = RawCrc32c.update(sum, new byte[Short.BYTES]);
      sum = RawCrc32c.update(sum, descriptor, after, descriptor.length - after);
    } else {
      sum = Crc16.update(uuidChecksum, group, 0, group.length);
      sum = Crc16.update(sum, descriptor, 0, Group.CHECKSUM_AT);
      sum = Crc16.update(sum, descriptor, after, descriptor.length - after);
    }
    return (short) sum;
  }

  /** Returns the checksum of the first bytes of a bitmap. */
  int ofBitmap(byte[] bitmap, int length) {
    return RawCrc32c.update(seed, bitmap, 0, length);
  }

  /** Returns the checksum of a file's structure that ends before its checksum. */
  int ofBlock(Inode inode, byte[] block, int length) {
    return RawCrc32c.update(seedOf(inode), block, 0, length);
  }

  /**
   * Returns the checksum of a block of a directory's index.
   *
   * @param length up to the end of its entries
   * @param tail where the four bytes before the checksum are
   */
  int ofIndex(Inode inode, byte[] block, int length, int tail) {
    int sum = RawCrc32c.update(seedOf(inode), block, 0, length);
    sum = RawCrc32c.update(sum, block, tail, Integer.BYTES);
    return RawCrc32c.update(sum, 0);
  }

  /**
   * Returns the checksum of a block of extended attributes.
   *
   * @param at where in it the checksum is, 32 bits
   */
  int ofAttributes(long block, byte[] bytes, int at) {
    byte[] without = bytes.clone();
    ByteBuffer.wrap(without).putInt(at, 0);
    int sum = RawCrc32c.update(seed, littleEndian(Long.BYTES).putLong(block).array());
    return RawCrc32c.update(sum, without);
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
