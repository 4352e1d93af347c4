package io.diskformat.inside.fat;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.util.OptionalLong;

/**
 * How much of a volume is used. That is counted in its table; if that is long, a sector of FAT32
 * may say it, which is not always kept up to date.
 */
public final class UsedSpace {
  /** The longest table to read: longer ones are of more than a million clusters. */
  private static final long MOST_OF_TABLE = 4 << 20;

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
    FreeSpaceSector sector = FreeSpaceSector.of(volume, boot).orElse(null);
    return sector != null && sector.free() <= boot.clusters()
        ? OptionalLong.of(sector.free())
        : OptionalLong.empty();
  }
}
