package io.diskformat.inside.fat;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The sector of FAT32 that says how much is free. It need not be right. Numbers have their lowest
 * byte first.
 *
 * <pre>
 *   0  "RRaA"        1E8  clusters that are not used, 32 bits; FFFFFFFF: not known
 * 1E4  "rrAa"        1EC  where to look for one, 32 bits
 *                    1FC  AA550000
 * </pre>
 *
 * @param bytes of it
 * @param position where it is, in bytes
 */
record FreeSpaceSector(ByteBuffer bytes, long position) {
  private static final int FREE_AT = 0x1E8;
  private static final int FIRST_MARK = 0x4161_5252;
  private static final int SECOND_MARK = 0x6141_7272;
  private static final int THIRD_MARK = 0xAA55_0000;

  /** Returns that of a volume, if it has one. */
  static Optional<FreeSpaceSector> of(DeviceBytes volume, BootSector boot) throws IOException {
    long sector = Short.toUnsignedInt(boot.bytes().getShort(0x30));
    long position = sector * boot.sectorSize();
    if (boot.kind() != TableKind.FAT32
        || sector == 0
        || position > volume.size() - BootSector.SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(position, BootSector.SIZE, "sector of free space of FAT32");
    boolean marked =
        bytes.getInt(0) == FIRST_MARK
            && bytes.getInt(0x1E4) == SECOND_MARK
            && bytes.getInt(0x1FC) == THIRD_MARK;
    return marked ? Optional.of(new FreeSpaceSector(bytes, position)) : Optional.empty();
  }

  /** Returns how many clusters are not used, or a number that is too large. */
  long free() {
    return Integer.toUnsignedLong(bytes.getInt(FREE_AT));
  }

  /** Returns the bytes of the sector with other numbers. */
  byte[] with(int free, int next) {
    byte[] changed = DeviceBytes.bytesOf(bytes).clone();
    ByteBuffer buffer = ByteBuffer.wrap(changed).order(bytes.order());
    buffer.putInt(FREE_AT, free);
    buffer.putInt(0x1EC, next);
    return changed;
  }
}
