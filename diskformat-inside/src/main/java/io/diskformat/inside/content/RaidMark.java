package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * A member of a RAID of Linux (md). Version 1 has its superblock at the start, 4 KiB further on, or
 * 8 KiB before the end; numbers have their lowest byte first. Version 0.90 has it at the end, in
 * either byte order.
 *
 * <pre>
 *  0  A9 2B 4E FC, 32 bits        80  number of this sector, 64 bits (version 1 at 90)
 *  4  version, 32 bits            D8  checksum of 256 bytes and two for each device
 * 10  UUID of the RAID            DC  devices at most, 32 bits
 * 20  name, 32 bytes
 * </pre>
 */
final class RaidMark implements Mark {
  private static final int MAGIC = 0xA92B4EFC;
  private static final int SIZE = 4096;
  private static final int CHECKSUM_AT = 0xD8;
  private static final int FIXED = 256;
  private static final int MOST_DEVICES = (SIZE - FIXED) / 2;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    long end = volume.size() & -SIZE;
    for (long position : new long[] {0, SIZE, end - 2L * SIZE}) {
      if (position >= 0 && position <= volume.size() - SIZE) {
        ByteBuffer bytes = volume.read(position, SIZE, "superblock of md");
        if (isVersion1(bytes, position)) {
          String label = Texts.untilZero(bytes, 0x20, 32);
          return Optional.of(Content.member("linux_raid_member", label, Texts.uuid(bytes, 0x10)));
        }
      }
    }
    return findOld(volume);
  }

  private static boolean isVersion1(ByteBuffer bytes, long position) {
    int devices = bytes.getInt(0xDC);
    return bytes.getInt(0) == MAGIC
        && bytes.getInt(4) == 1
        && bytes.getLong(0x90) * 512 == position
        && devices >= 0
        && devices <= MOST_DEVICES
        && checksum(bytes, FIXED + 2 * devices) == bytes.getInt(CHECKSUM_AT);
  }

  private static int checksum(ByteBuffer bytes, int size) {
    long sum = -Integer.toUnsignedLong(bytes.getInt(CHECKSUM_AT));
    int at = 0;
    for (; at + Integer.BYTES <= size; at += Integer.BYTES) {
      sum += Integer.toUnsignedLong(bytes.getInt(at));
    }
    if (at < size) {
      sum += Short.toUnsignedInt(bytes.getShort(at));
    }
    return (int) (sum + (sum >>> Integer.SIZE));
  }

  private static Optional<Content> findOld(DeviceBytes volume) throws IOException {
    long position = (volume.size() & -65536) - 65536;
    if (position < 0) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(position, SIZE, "superblock of md");
    for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
      bytes.order(order);
      if (bytes.getInt(0) == MAGIC && bytes.getInt(4) == 0) {
        // Its numbers are written as such, whatever their order.
        ByteBuffer uuid = ByteBuffer.allocate(16);
        uuid.putInt(0, bytes.getInt(20));
        for (int i = 1; i < 4; i++) {
          uuid.putInt(4 * i, bytes.getInt(48 + 4 * i));
        }
        return Optional.of(Content.member("linux_raid_member", "", Texts.uuid(uuid, 0)));
      }
    }
    return Optional.empty();
  }
}
