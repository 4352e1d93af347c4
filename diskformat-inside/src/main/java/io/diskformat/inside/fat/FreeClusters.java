package io.diskformat.inside.fat;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.FreeRangeListener;
import java.io.IOException;

/**
 * The clusters of no file: those whose entry is 0. Where the copies of the table differ, or a file
 * goes on in a cluster of that kind, the file system is damaged.
 */
final class FreeClusters {
  private static final String NAME = "FAT";

  private final FatVolume volume;
  private final BootSector boot;

  FreeClusters(FatVolume volume) throws IOException {
    this.volume = volume;
    this.boot = volume.boot();
    int _ = FatGate.check(volume, "free space of a FAT");
  }

  void list(FreeRangeListener listener) throws IOException {
    int end = BootSector.FIRST_CLUSTER + boot.clusters();
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
}
