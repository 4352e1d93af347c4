package io.diskformat.inside.fat;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.FreeRangeListener;
import java.io.IOException;
import java.util.Arrays;

/**
 * The clusters that no file has: those whose entry is 0. Where the copies of the table differ, or a
 * file goes on in a cluster of that kind, the file system is damaged.
 */
final class FreeClusters {
  private static final String NAME = "FAT";
  private static final int COMPARED = 1 << 16;
  private static final int TABLES_AT = 0x10;
  private static final int STATE_AT = 0x25;
  private static final int STATE_OF_FAT32_AT = 0x41;
  private static final int NOT_MIRRORED = 0x80;

  private final FatVolume volume;
  private final BootSector boot;

  FreeClusters(FatVolume volume) throws IOException {
    this.volume = volume;
    this.boot = volume.boot();
    if (isDirty()) {
      throw new UnsupportedFeatureException(
          volume.device().toString(),
          "free space of a file system that was not unmounted, or needs fsck.fat");
    }
  }

  private boolean isDirty() throws IOException {
    int at = boot.kind() == TableKind.FAT32 ? STATE_OF_FAT32_AT : STATE_AT;
    int second = volume.table().entry(1);
    return (boot.bytes().get(at) & 1) != 0
        || switch (boot.kind()) {
          case FAT12 -> false;
          case FAT16 -> (second & 0xC000) != 0xC000;
          case FAT32 -> (second & 0x0C00_0000) != 0x0C00_0000;
        };
  }

  void list(FreeRangeListener listener) throws IOException {
    int end = BootSector.FIRST_CLUSTER + boot.clusters();
    volume.bytes().check(0, boot.position(end), "file system");
    compareTables();
    int start = 0;
    for (int cluster = BootSector.FIRST_CLUSTER; cluster <= end; cluster++) {
      int entry = cluster == end ? 1 : volume.table().entry(cluster);
      if (entry == 0) {
        start = start == 0 ? cluster : start;
        continue;
      }
      if (start != 0) {
        listener.free(boot.position(start), boot.position(cluster) - boot.position(start));
        start = 0;
      }
      if (cluster < end && !boot.kind().isLast(entry) && !boot.kind().isBad(entry)) {
        checkNext(cluster, entry);
      }
    }
  }

  private void checkNext(int cluster, int next) throws IOException {
    if (!boot.hasCluster(next) || volume.table().entry(next) == 0) {
      throw damaged("cluster " + cluster + " leads to " + next + ", which is not used");
    }
  }

  private CorruptImageException damaged(String problem) {
    return volume.corrupt(NAME, boot.tableAt(), problem);
  }

  private void compareTables() throws IOException {
    int tables = Byte.toUnsignedInt(boot.bytes().get(TABLES_AT));
    boolean alone =
        boot.kind() == TableKind.FAT32 && (boot.bytes().getShort(0x28) & NOT_MIRRORED) != 0;
    for (int table = 1; table < tables && !alone; table++) {
      for (long at = 0; at < boot.tableSize(); at += COMPARED) {
        int length = (int) Math.min(COMPARED, boot.tableSize() - at);
        long copy = boot.tableAt() + table * boot.tableSize() + at;
        if (!Arrays.equals(read(boot.tableAt() + at, length), read(copy, length))) {
          throw damaged("and its copy differ");
        }
      }
    }
  }

  private byte[] read(long position, int length) throws IOException {
    return volume.bytes().read(position, length, NAME).array();
  }
}
