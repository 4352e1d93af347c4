package io.diskformat.inside.fat;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a volume must be like to be changed, or for what is free on it to be believed: unmounted the
 * last time it was used, whole, and with tables that are the same. Where that is marked:
 *
 * <pre>
 * first sector  25, of FAT32 41: 1 while it is in use, or 2 if a sector could not be read
 * table         entry 1: its highest bit is 0 while it is in use, the one below after an error;
 *               not of FAT12
 * </pre>
 */
final class FatGate {
  private static final int IN_USE = 1;
  private static final int DAMAGED = 2;

  /** Says that what comes with it is there, and not program code. */
  private static final int EXTENDED = 0x28;

  private static final int PIECE = 64 << 10;

  private FatGate() {}

  /**
   * Checks a volume.
   *
   * @param use of it that is refused otherwise, as errors name it
   * @return how many clusters are not used
   * @throws UnsupportedFeatureException if it is in use, or was not unmounted
   * @throws io.diskformat.CorruptImageException if it is damaged
   * @throws IOException if it cannot be read
   */
  static int check(FatVolume volume, String use) throws IOException {
    BootSector boot = volume.boot();
    volume.bytes().check(0, boot.size(), "file system");
    if (boot.kind() == TableKind.FAT32) {
      // Where the root is: in a chain of its own.
      var _ = new Chain(volume, boot.rootCluster());
    }
    int marks = hasMark(boot) ? boot.bytes().get(markAt(boot)) : 0;
    int entry = boot.kind() == TableKind.FAT12 ? 0 : ~volume.table().entry(1);
    if ((marks & DAMAGED) != 0 || (entry & used(boot) >> 1) != 0) {
      throw refused(volume, use + " that notes an error of its disk; repair it first");
    }
    if ((marks & IN_USE) != 0 || (entry & used(boot)) != 0) {
      throw refused(volume, use + " that was not unmounted; repair it first");
    }
    checkTables(volume);
    return volume.table().countFree();
  }

  private static UnsupportedFeatureException refused(FatVolume volume, String feature) {
    return new UnsupportedFeatureException(volume.device().toString(), feature);
  }

  /** Returns where in the first sector its mark is, in bytes. */
  static int markAt(BootSector boot) {
    return boot.kind() == TableKind.FAT32 ? 0x41 : 0x25;
  }

  /** Returns whether the first sector has a mark. */
  static boolean hasMark(BootSector boot) {
    return (boot.bytes().get(markAt(boot) + 1) & 0xFE) == EXTENDED;
  }

  /** Returns the first sector's mark while a volume is in use. */
  static byte marked(BootSector boot) {
    return (byte) (boot.bytes().get(markAt(boot)) | IN_USE);
  }

  /**
   * Returns the bit of entry 1 of the table that is 0 while a volume is in use, or 0 if none is.
   */
  static int used(BootSector boot) {
    return switch (boot.kind()) {
      case FAT12 -> 0;
      case FAT16 -> 0x8000;
      case FAT32 -> 0x0800_0000;
    };
  }

  private static void checkTables(FatVolume volume) throws IOException {
    BootSector boot = volume.boot();
    DeviceBytes device = volume.bytes();
    long entries = BootSector.FIRST_CLUSTER + (long) boot.clusters();
    long length = Math.min(boot.tableSize(), boot.kind().bytesOf(entries + 1));
    for (long at = 0; at < length; at += PIECE) {
      int some = (int) Math.min(PIECE, length - at);
      ByteBuffer counts = device.read(boot.tableAt() + at, some, "FAT");
      for (long table : boot.tables()) {
        int differs =
            table == boot.tableAt() ? -1 : device.read(table + at, some, "FAT").mismatch(counts);
        if (differs >= 0) {
          throw volume.corrupt("FAT", table + at + differs, "is not as its copy; repair it first");
        }
      }
    }
  }
}
