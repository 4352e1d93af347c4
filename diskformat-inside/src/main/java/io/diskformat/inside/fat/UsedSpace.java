package io.diskformat.inside.fat;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * How much of a volume is used. That is counted in its table; if that is long, a sector of FAT32
 * may say it, which is not always kept up to date.
 *
 * <pre>
 *   0  "RRaA"                 1E8  clusters that are not used, 32 bits; FFFFFFFF: not known
 * 1E4  "rrAa"                 1FC  AA550000
 * </pre>
 */
public final class UsedSpace {
  /** Longer tables are not read: they are of more than a million clusters. */
  private static final long MOST_OF_TABLE = 4 << 20;

  private static final String NAME = "sector of free space of FAT32";
  private static final int FIRST_MARK = 0x4161_5252;
  private static final int SECOND_MARK = 0x6141_7272;
  private static final int THIRD_MARK = 0xAA55_0000;

  private UsedSpace() {}

  /**
   * Returns how many bytes are used, by files and by the file system itself, or nothing if nobody
   * knows.
   *
   * @throws IOException if the volume cannot be read
   */
  public static OptionalLong of(DeviceBytes volume, BootSector boot) throws IOException {
    OptionalLong free = OptionalLong.empty();
    if (boot.kind().bytesOf(BootSector.FIRST_CLUSTER + (long) boot.clusters()) <= MOST_OF_TABLE) {
      try {
        free = OptionalLong.of(new Table(volume, boot).countFree());
      } catch (CorruptImageException e) {
        // The table is not all there.
        return OptionalLong.empty();
      }
    } else {
      free = recorded(volume, boot);
    }
    return free.isEmpty()
        ? free
        : OptionalLong.of(boot.size() - free.getAsLong() * boot.clusterSize());
  }

  private static OptionalLong recorded(DeviceBytes volume, BootSector boot) throws IOException {
    long sector = Short.toUnsignedInt(boot.bytes().getShort(0x30));
    long position = sector * boot.sectorSize();
    if (sector == 0 || position > volume.size() - BootSector.SIZE) {
      return OptionalLong.empty();
    }
    ByteBuffer bytes = volume.read(position, BootSector.SIZE, NAME);
    long free = Integer.toUnsignedLong(bytes.getInt(0x1E8));
    boolean marked =
        bytes.getInt(0) == FIRST_MARK
            && bytes.getInt(0x1E4) == SECOND_MARK
            && bytes.getInt(0x1FC) == THIRD_MARK;
    return marked && free <= boot.clusters() ? OptionalLong.of(free) : OptionalLong.empty();
  }
}
