package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * The superblock of XFS. Numbers have their highest byte first, except for the checksum.
 *
 * <pre>
 *  0  "XFSB"                      64  version, 16 bits; of that 4, the lowest
 *  4  size of a block, 32 bits     66  size of a sector, 16 bits
 *  8  blocks, 64 bits             68  size of an inode, 16 bits
 * 20  UUID                        6C  label, 12 bytes
 * 54  blocks of a group, 32 bits  78  logarithms to base 2 of the sizes of block, sector and inode
 * 58  groups, 32 bits             90  free blocks, 64 bits
 *                                 E0  checksum of the sector, with zeroes here, of version 5
 * </pre>
 */
final class XfsMark implements Mark {
  private static final int SIZE = 512;
  private static final int CHECKSUM_AT = 0xE0;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(0, SIZE, "superblock of XFS").order(ByteOrder.BIG_ENDIAN);
    int sector = Short.toUnsignedInt(bytes.getShort(0x66));
    int version = bytes.getShort(0x64) & 0xF;
    if (!isSane(bytes, sector)
        || (version == 5 && !hasChecksum(volume, sector, bytes.getInt(CHECKSUM_AT)))) {
      return Optional.empty();
    }
    long blockSize = bytes.getInt(4);
    long blocks = bytes.getLong(8);
    long free = bytes.getLong(0x90);
    return Optional.of(
        new Content(
            "xfs",
            Texts.untilZero(bytes, 0x6C, 12),
            Texts.uuid(bytes, 0x20),
            OptionalLong.of(blocks * blockSize),
            free >= 0 && free <= blocks
                ? OptionalLong.of((blocks - free) * blockSize)
                : OptionalLong.empty()));
  }

  private static boolean isSane(ByteBuffer bytes, int sector) {
    int block = bytes.getInt(4);
    int inode = Short.toUnsignedInt(bytes.getShort(0x68));
    long blocks = bytes.getLong(8);
    return Texts.untilZero(bytes, 0, 4).equals("XFSB")
        && isPower(sector, 512, 32768)
        && isPower(block, 512, 65536)
        && isPower(inode, 256, 2048)
        && bytes.get(0x78) == Integer.numberOfTrailingZeros(block)
        && bytes.get(0x79) == Integer.numberOfTrailingZeros(sector)
        && bytes.get(0x7A) == Integer.numberOfTrailingZeros(inode)
        && bytes.getInt(0x58) > 0
        && blocks > 0
        && blocks < Long.MAX_VALUE / block;
  }

  private static boolean isPower(int number, int least, int most) {
    return number >= least && number <= most && Integer.bitCount(number) == 1;
  }

  private static boolean hasChecksum(DeviceBytes volume, int sector, int recorded)
      throws IOException {
    if (volume.size() < sector) {
      return false;
    }
    byte[] bytes = DeviceBytes.bytesOf(volume.read(0, sector, "superblock of XFS"));
    ByteBuffer.wrap(bytes).putInt(CHECKSUM_AT, 0);
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    return (int) sum.getValue() == Integer.reverseBytes(recorded);
  }
}
