package io.diskformat.inside.xfs;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.spi.NameBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The superblock, at 0. Numbers have their highest byte first, except for the checksum.
 *
 * <pre>
 *  0  "XFSB"                              68  size of an inode, 16 bits
 *  4  size of a block, 32 bits            6C  label, 12 bytes
 *  8  blocks, 64 bits                     78  logarithms to base 2 of the sizes of block, sector,
 * 20  UUID, 16 bytes                          inode; of inodes of a block, blocks of a group
 * 30  block of the log, 64 bits           7E  not 0 while it is made
 * 38  root directory, 64 bits             C0  logarithm of blocks of a block of a directory
 * 54  blocks of a group, 32 bits          C8  more features of version 4, 32 bits
 * 58  groups, 32 bits                     D8  features of version 5, 32 bits
 * 60  blocks of the log, 32 bits          E0  checksum of the sector, with zeroes here
 * 64  version, the lowest 4 of 16 bits    F8  UUID that structures have, if features say so
 * 66  size of a sector, 16 bits
 * </pre>
 */
record Superblock(
    int version,
    int blockSize,
    long blocks,
    long blocksPerGroup,
    long groups,
    int groupShift,
    int inodeSize,
    int inodeShift,
    int directoryShift,
    long root,
    long logStart,
    long logBlocks,
    boolean hasTypes,
    String uuid,
    String label) {
  private static final int SIZE = 512;
  private static final int MAGIC = 0x58465342;
  private static final int CHECKSUM_AT = 0xE0;
  private static final int WITH_CHECKSUMS = 5;
  private static final int UUID_SIZE = 16;
  private static final String NAME = "superblock of xfs";

  /** Returns whether a device has the mark of a superblock. */
  static boolean isMarked(DeviceBytes bytes) throws IOException {
    return bytes.size() >= SIZE
        && bytes.read(0, Integer.BYTES, NAME).order(ByteOrder.BIG_ENDIAN).getInt(0) == MAGIC;
  }

  /**
   * Reads the superblock.
   *
   * @throws UnsupportedFeatureException if the file system has what is not known
   * @throws io.diskformat.CorruptImageException if it makes no sense
   */
  static Superblock read(DeviceBytes device) throws IOException {
    ByteBuffer bytes = device.read(0, SIZE, NAME).order(ByteOrder.BIG_ENDIAN);
    if (bytes.getInt(0) != MAGIC) {
      throw device.corrupt(NAME, 0, "has no mark");
    }
    int bits = Short.toUnsignedInt(bytes.getShort(0x64));
    int version = bits & 0xF;
    boolean types;
    if (version == WITH_CHECKSUMS) {
      int incompatible = bytes.getInt(0xD8);
      Features.check(device.name(), incompatible);
      types = (incompatible & Features.TYPES) != 0;
    } else if (version == 4) {
      Features.checkVersion4(device.name(), bits, bytes.getInt(0xC8));
      types = Features.hasTypesInVersion4(bits, bytes.getInt(0xC8));
    } else {
      throw new UnsupportedFeatureException(device.name(), "xfs version " + version);
    }
    String problem = problem(device, bytes, version);
    if (!problem.isEmpty()) {
      throw device.corrupt(NAME, 0, problem);
    }
    boolean other = version == WITH_CHECKSUMS && (bytes.getInt(0xD8) & Features.META_UUID) != 0;
    return new Superblock(
        version,
        bytes.getInt(4),
        bytes.getLong(8),
        Integer.toUnsignedLong(bytes.getInt(0x54)),
        Integer.toUnsignedLong(bytes.getInt(0x58)),
        bytes.get(0x7C),
        Short.toUnsignedInt(bytes.getShort(0x68)),
        bytes.get(0x7B),
        bytes.get(0xC0),
        bytes.getLong(0x38),
        bytes.getLong(0x30),
        Integer.toUnsignedLong(bytes.getInt(0x60)),
        types,
        uuid(bytes, other ? 0xF8 : 0x20),
        label(bytes));
  }

  /** Returns what makes no sense, or nothing. */
  private static String problem(DeviceBytes device, ByteBuffer bytes, int version)
      throws IOException {
    int sector = Short.toUnsignedInt(bytes.getShort(0x66));
    int block = bytes.getInt(4);
    int inode = Short.toUnsignedInt(bytes.getShort(0x68));
    if (!isPower(sector, 512, 32768, bytes.get(0x79))) {
      return "has sectors of " + sector + " bytes";
    }
    if (version == WITH_CHECKSUMS) {
      ByteBuffer whole = device.read(0, sector, NAME);
      if (!Checksum.isRight(DeviceBytes.bytesOf(whole), CHECKSUM_AT)) {
        return "has a wrong checksum";
      }
    }
    if (!isPower(block, 512, 65536, bytes.get(0x78))) {
      return "has blocks of " + Integer.toUnsignedString(block) + " bytes";
    }
    if (!isPower(inode, 256, 2048, bytes.get(0x7A))
        || inode > block
        || bytes.get(0x7B) != bytes.get(0x78) - bytes.get(0x7A)
        || (version == WITH_CHECKSUMS && inode < 512)) {
      return "has inodes of " + inode + " bytes";
    }
    int directory = bytes.get(0xC0);
    if (directory < 0 || directory > 7 || (long) block << directory > 65536) {
      return "has directories of blocks of 2^" + directory + " blocks";
    }
    long perGroup = Integer.toUnsignedLong(bytes.getInt(0x54));
    long groups = Integer.toUnsignedLong(bytes.getInt(0x58));
    int shift = bytes.get(0x7C);
    boolean fits =
        shift >= 0
            && shift < Integer.SIZE
            && perGroup <= 1L << shift
            && perGroup > (1L << shift) / 2;
    if (perGroup < 2 || !fits) {
      return "has groups of " + perGroup + " blocks, counted in " + shift + " bits";
    }
    long blocks = bytes.getLong(8);
    if (groups < 1
        || blocks <= perGroup * (groups - 1)
        || blocks > perGroup * groups
        || blocks > Long.MAX_VALUE / block) {
      return "has " + blocks + " blocks in " + groups + " groups of " + perGroup;
    }
    return bytes.get(0x7E) != 0 ? "is of a file system that was not made to the end" : "";
  }

  private static boolean isPower(int number, int least, int most, int shift) {
    return number >= least
        && number <= most
        && Integer.bitCount(number) == 1
        && Integer.numberOfTrailingZeros(number) == shift;
  }

  private static String label(ByteBuffer bytes) {
    byte[] label = new byte[12];
    bytes.get(0x6C, label);
    int end = 0;
    while (end < label.length && label[end] != 0) {
      end++;
    }
    return NameBytes.decode(Arrays.copyOf(label, end));
  }

  /** Returns a UUID as structures have it, in hexadecimal. */
  static String uuid(ByteBuffer bytes, int at) {
    byte[] uuid = new byte[UUID_SIZE];
    bytes.get(at, uuid);
    return HexFormat.of().formatHex(uuid);
  }

  /** Returns whether structures have checksums, and say whose they are. */
  boolean hasChecksums() {
    return version == WITH_CHECKSUMS;
  }

  int directoryBlockSize() {
    return blockSize << directoryShift;
  }
}
