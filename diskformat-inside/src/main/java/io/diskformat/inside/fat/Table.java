package io.diskformat.inside.fat;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The table of clusters. Some of it is kept, 1 MiB at most. Thread-safe. */
final class Table {
  /** Comes after the last cluster of a file. */
  static final int NONE = -1;

  private static final String NAME = "FAT";

  /** The size of a kept piece of the table, in bytes: no entry of FAT12 is in two pieces. */
  private static final int PAGE_ENTRIES = 4096;

  private static final int MOST_PAGES = 64;

  private final DeviceBytes device;
  private final BootSector boot;
  private final AtomicReferenceArray<@Nullable Page> pages = new AtomicReferenceArray<>(MOST_PAGES);

  private record Page(int number, ByteBuffer entries) {}

  Table(DeviceBytes device, BootSector boot) {
    this.device = device;
    this.boot = boot;
  }

  private ByteBuffer page(int number) throws IOException {
    Page kept = pages.get(number % MOST_PAGES);
    if (kept == null || kept.number != number) {
      kept = new Page(number, read(number));
      pages.set(number % MOST_PAGES, kept);
    }
    return kept.entries;
  }

  private ByteBuffer read(int number) throws IOException {
    long at = boot.kind().bytesOf((long) number * PAGE_ENTRIES);
    long length = Math.min(boot.kind().bytesOf(PAGE_ENTRIES), boot.tableSize() - at);
    return device.read(boot.tableAt() + at, (int) length, NAME);
  }

  /** Returns what is recorded of a cluster; 0 if it is not used. */
  int entry(int cluster) throws IOException {
    return boot.kind().get(page(cluster / PAGE_ENTRIES), cluster % PAGE_ENTRIES);
  }

  /**
   * Replaces a kept entry of the table by that which the device will have. For one thread, while no
   * other reads.
   */
  void set(int cluster, int entry) throws IOException {
    boot.kind().put(page(cluster / PAGE_ENTRIES), cluster % PAGE_ENTRIES, entry);
  }

  /**
   * Returns the cluster that comes after one, or {@link #NONE} if that is the last.
   *
   * @param cluster that there is
   */
  int next(int cluster) throws IOException {
    int entry = entry(cluster);
    if (boot.kind().isLast(entry)) {
      return NONE;
    }
    if (!boot.hasCluster(entry)) {
      String is = boot.kind().isBad(entry) ? "is bad" : "says that %d comes next".formatted(entry);
      throw device.corrupt(
          NAME, boot.tableAt() + boot.kind().bytesOf(cluster), "cluster " + cluster + " " + is);
    }
    return entry;
  }

  /** Counts the clusters that are not used. Keeps nothing. */
  int countFree() throws IOException {
    int free = 0;
    int end = BootSector.FIRST_CLUSTER + boot.clusters();
    for (int first = 0; first < end; first += PAGE_ENTRIES) {
      ByteBuffer page = read(first / PAGE_ENTRIES);
      int some = Math.min(PAGE_ENTRIES, end - first);
      for (int i = first == 0 ? BootSector.FIRST_CLUSTER : 0; i < some; i++) {
        if (boot.kind().get(page, i) == 0) {
          free++;
        }
      }
    }
    return free;
  }
}
