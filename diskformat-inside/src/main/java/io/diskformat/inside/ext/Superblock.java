package io.diskformat.inside.ext;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.inside.checksum.Crc16;
import io.diskformat.inside.checksum.RawCrc32c;
import io.diskformat.spi.NameBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The superblock, 1024 bytes at 1024. Numbers have their lowest byte first.
 *
 * <pre>
 *   0  inodes, 32 bits                     58  size of an inode, 16 bits
 *   4  blocks, 32 bits; more at 150        5C  features: compatible, incompatible, for reading only
 *  14  first data block, 32 bits           68  UUID, 16 bytes
 *  18  size of a block: 1024 &lt;&lt; this      78  label, 16 bytes
 *  1C  size of a cluster, likewise         E0  inode of the journal, 32 bits
 *  20  blocks of a group, 32 bits          E4  device of the journal, 32 bits
 *  24  clusters of a group, 32 bits        EC  seed of the hashes of names, four numbers
 *  28  inodes of a group, 32 bits          FE  size of a group descriptor, 16 bits
 *  38  53 EF                              104  first group whose descriptors are among the groups
 *  3A  state, 16 bits; 1: clean           160  flags, 32 bits
 *  4C  revision, 32 bits                  175  kind of checksums; 1: CRC-32C
 *  54  first inode for files, 32 bits     270  seed of checksums, 32 bits
 *                                         3FC  checksum of what comes before
 * </pre>
 *
 * And at 24C, the two groups that have a copy of the superblock, if sparse_super2 says so.
 */
record Superblock(
    long inodes,
    long blocks,
    long firstData,
    int blockSize,
    long clusterSize,
    long blocksPerGroup,
    long inodesPerGroup,
    long groups,
    int inodeSize,
    int descriptorSize,
    int compatible,
    int incompatible,
    int readOnly,
    int firstInode,
    long journalInode,
    long firstMetaGroup,
    long firstBackup,
    long secondBackup,
    Checksums checksums,
    String label) {
  static final int POSITION = 1024;
  static final int SIZE = 1024;
  private static final int MAGIC_AT = 0x38;
  private static final short MAGIC = (short) 0xEF53;
  static final int CHECKSUM_AT = 0x3FC;
  private static final int SMALLEST_BLOCK = 1024;
  private static final int MOST_BLOCK_SHIFT = 6;
  private static final int OLD_INODE_SIZE = 128;
  private static final int OLD_FIRST_INODE = 11;
  private static final int OLD_DESCRIPTOR_SIZE = 32;
  private static final String NAME = "superblock of ext";

  /** Returns whether a device has the mark of a superblock. */
  static boolean isMarked(DeviceBytes bytes) throws IOException {
    return bytes.size() >= POSITION + SIZE
        && bytes.read(POSITION + MAGIC_AT, 2, NAME).getShort(0) == MAGIC;
  }

  /**
   * Reads the superblock.
   *
   * @throws UnsupportedFeatureException if the file system has what is not known
   * @throws CorruptImageException if it makes no sense
   */
  static Superblock read(DeviceBytes device) throws IOException {
    ByteBuffer bytes = device.read(POSITION, SIZE, NAME);
    if (bytes.getShort(MAGIC_AT) != MAGIC) {
      throw device.corrupt(NAME, POSITION, "has no mark");
    }
    int incompatible = bytes.getInt(0x60);
    Features.check(device.name(), incompatible);
    Superblock superblock = of(device, bytes);
    String problem = superblock.problem(bytes);
    if (!problem.isEmpty()) {
      throw device.corrupt(NAME, POSITION, problem);
    }
    return superblock;
  }

  private static Superblock of(DeviceBytes device, ByteBuffer bytes) throws IOException {
    int shift = bytes.getInt(0x18);
    if (shift < 0 || shift > MOST_BLOCK_SHIFT) {
      throw device.corrupt(NAME, POSITION, "has blocks of 1024 << " + shift + " bytes");
    }
    int incompatible = bytes.getInt(0x60);
    boolean wide = (incompatible & Features.WIDE) != 0;
    boolean old = bytes.getInt(0x4C) == 0;
    long blocks = Integer.toUnsignedLong(bytes.getInt(4));
    if (wide) {
      blocks |= Integer.toUnsignedLong(bytes.getInt(0x150)) << Integer.SIZE;
    }
    long firstData = Integer.toUnsignedLong(bytes.getInt(0x14));
    long perGroup = Integer.toUnsignedLong(bytes.getInt(0x20));
    byte[] uuid = new byte[16];
    bytes.get(0x68, uuid);
    boolean seeded = (incompatible & Features.CHECKSUM_SEED) != 0;
    return new Superblock(
        Integer.toUnsignedLong(bytes.getInt(0)),
        blocks,
        firstData,
        SMALLEST_BLOCK << shift,
        (long) SMALLEST_BLOCK << clusterShift(bytes, shift),
        perGroup,
        Integer.toUnsignedLong(bytes.getInt(0x28)),
        perGroup == 0 ? 0 : Math.ceilDiv(blocks - firstData, perGroup),
        old ? OLD_INODE_SIZE : Short.toUnsignedInt(bytes.getShort(0x58)),
        wide ? Short.toUnsignedInt(bytes.getShort(0xFE)) : OLD_DESCRIPTOR_SIZE,
        bytes.getInt(0x5C),
        incompatible,
        bytes.getInt(0x64),
        old ? OLD_FIRST_INODE : bytes.getInt(0x54),
        Integer.toUnsignedLong(bytes.getInt(0xE0)),
        Integer.toUnsignedLong(bytes.getInt(0x104)),
        Integer.toUnsignedLong(bytes.getInt(0x24C)),
        Integer.toUnsignedLong(bytes.getInt(0x250)),
        new Checksums(
            seeded ? bytes.getInt(0x270) : RawCrc32c.update(RawCrc32c.START, uuid),
            Crc16.update(Crc16.START, uuid, 0, uuid.length),
            (bytes.getInt(0x64) & Features.METADATA_CHECKSUMS) != 0),
        label(bytes));
  }

  /** It is recorded without clusters, too, and then nobody looks at it. */
  private static int clusterShift(ByteBuffer bytes, int blockShift) {
    boolean bigalloc = (bytes.getInt(0x64) & Features.BIGALLOC) != 0;
    return bigalloc ? Math.clamp(bytes.getInt(0x1C), blockShift, Integer.SIZE) : blockShift;
  }

  private static String label(ByteBuffer bytes) {
    byte[] label = new byte[16];
    bytes.get(0x78, label);
    int end = 0;
    while (end < label.length && label[end] != 0) {
      end++;
    }
    return NameBytes.decode(Arrays.copyOf(label, end));
  }

  /** Returns what makes no sense, or nothing. */
  private String problem(ByteBuffer bytes) {
    if (hasMetadataChecksums()) {
      int sum = Checksums.ofSuperblock(DeviceBytes.bytesOf(bytes), CHECKSUM_AT);
      if (bytes.get(0x175) != 1) {
        return "has checksums of an unknown kind: " + bytes.get(0x175);
      }
      if (sum != bytes.getInt(CHECKSUM_AT)) {
        return "has a wrong checksum";
      }
    }
    int bits = Byte.SIZE * blockSize;
    boolean bigalloc = (readOnly & Features.BIGALLOC) != 0;
    int clusterShift = bytes.getInt(0x1C) - bytes.getInt(0x18);
    if (bigalloc && (clusterShift < 0 || clusterShift > 24)) {
      return "has clusters of 2^" + clusterShift + " blocks";
    }
    if (blocksPerGroup == 0
        || (bigalloc ? blocksPerGroup >>> clusterShift : blocksPerGroup) > bits) {
      return "has groups of " + blocksPerGroup + " blocks";
    }
    if (inodesPerGroup == 0 || inodesPerGroup > bits) {
      return "has groups of " + inodesPerGroup + " inodes";
    }
    if (Integer.bitCount(inodeSize) != 1 || inodeSize < OLD_INODE_SIZE || inodeSize > blockSize) {
      return "has inodes of " + inodeSize + " bytes";
    }
    boolean wide = (incompatible & Features.WIDE) != 0;
    if (wide
        && (descriptorSize < 32
            || descriptorSize > 1024
            || Integer.bitCount(descriptorSize) != 1)) {
      return "has group descriptors of " + descriptorSize + " bytes";
    }
    if (blocks < 1 || blocks > Long.MAX_VALUE / blockSize || firstData >= blocks) {
      return "has " + blocks + " blocks, of which the first with data is " + firstData;
    }
    if (Math.multiplyHigh(groups, inodesPerGroup) != 0 || groups * inodesPerGroup != inodes) {
      return "has " + inodes + " inodes in " + groups + " groups of " + inodesPerGroup;
    }
    return "";
  }

  boolean hasIncompatible(int feature) {
    return (incompatible & feature) != 0;
  }

  boolean hasMetadataChecksums() {
    return (readOnly & Features.METADATA_CHECKSUMS) != 0;
  }

  boolean hasGroupChecksums() {
    return (readOnly & Features.GROUP_CHECKSUMS) != 0;
  }

  /** Returns whether group descriptors have numbers of more than 32 bits. */
  boolean hasWideDescriptors() {
    return hasIncompatible(Features.WIDE) && descriptorSize >= 64;
  }

  /** Returns the name that the kernel has for the file system. */
  String kind() {
    int newer = incompatible & ~(Features.FILETYPE | Features.RECOVER | Features.META_GROUPS);
    int newerToWrite = readOnly & ~0x7;
    if (newer != 0 || newerToWrite != 0) {
      return "ext4";
    }
    return (compatible & Features.JOURNAL) != 0 ? "ext3" : "ext2";
  }

  /** Returns the block that this superblock is in. */
  long ownBlock() {
    return POSITION / blockSize;
  }
}
