package io.diskformat.inside.fat;

import io.diskformat.inside.change.ChangedDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/**
 * Changes of the table. What an edit frees it does not hand out again: until the edit is written
 * out, that is still what the file has. For one thread.
 */
final class TableEdit {
  private final FatVolume volume;
  private final ChangedDevice changed;

  /** The entries of the table before the edit, by clusters. */
  private final TreeMap<Integer, Integer> before = new TreeMap<>();

  private final BitSet freed = new BitSet();

  /** The number of clusters that can be handed out. */
  private int free;

  /** Where to look for one. */
  private int next = BootSector.FIRST_CLUSTER;

  /**
   * Begins changes.
   *
   * @param free how many clusters are not used
   */
  TableEdit(FatVolume volume, ChangedDevice changed, int free) {
    this.volume = volume;
    this.changed = changed;
    this.free = free;
  }

  /** Which changes of the table. */
  enum Part {
    /** Clusters that the edit uses. */
    USED,
    /** Clusters that the edit frees. */
    FREED
  }

  /**
   * Finds clusters that are not used, and changes nothing.
   *
   * @throws FileSystemException if there are not as many
   */
  int[] find(int count) throws IOException {
    if (count > free) {
      throw new FileSystemException(
          volume.device().toString(),
          null,
          "no space left: %d clusters are needed, and %d are free".formatted(count, free));
    }
    int[] found = new int[count];
    int done = 0;
    int end = BootSector.FIRST_CLUSTER + volume.boot().clusters();
    int at = next;
    for (int steps = 0; done < count; steps++) {
      if (steps > volume.boot().clusters()) {
        throw volume.corrupt("FAT", volume.boot().tableAt(), "has fewer free clusters than it had");
      }
      if (volume.table().entry(at) == 0 && !freed.get(at)) {
        found[done++] = at;
      }
      at = at + 1 == end ? BootSector.FIRST_CLUSTER : at + 1;
    }
    return found;
  }

  /**
   * Uses clusters that were found, as the end of a chain.
   *
   * @param last what they come after, or {@link Table#NONE} if they are the first
   */
  void append(int last, int[] clusters) throws IOException {
    int previous = last;
    for (int cluster : clusters) {
      if (previous != Table.NONE) {
        set(previous, cluster);
      }
      previous = cluster;
      next =
          cluster + 1 == BootSector.FIRST_CLUSTER + volume.boot().clusters()
              ? BootSector.FIRST_CLUSTER
              : cluster + 1;
    }
    if (clusters.length > 0) {
      set(previous, volume.boot().kind().end());
      free -= clusters.length;
    }
  }

  /**
   * Frees the end of a chain.
   *
   * @param last what stays before it, or {@link Table#NONE} if nothing does
   * @param clusters all that come after it
   */
  void free(int last, int[] clusters) throws IOException {
    if (last != Table.NONE) {
      set(last, volume.boot().kind().end());
    }
    for (int cluster : clusters) {
      set(cluster, 0);
      freed.set(cluster);
    }
  }

  private void set(int cluster, int entry) throws IOException {
    var _ = before.putIfAbsent(cluster, volume.table().entry(cluster));
    volume.table().set(cluster, entry);
    put(changed, cluster, entry);
  }

  /** Changes an entry in all tables of a device. */
  private void put(ChangedDevice device, int cluster, int entry) throws IOException {
    BootSector boot = volume.boot();
    // Of FAT12, two entries have three bytes.
    long at = boot.kind().bytesOf(cluster & ~1);
    byte[] bytes = new byte[(int) Math.min(boot.kind().bytesOf(2), boot.tableSize() - at)];
    for (long table : boot.tables()) {
      device.read(table + at, bytes);
      ByteBuffer both = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      boot.kind().put(both, cluster & 1, entry);
      device.put(table + at, bytes);
    }
  }

  /** Returns whether a cluster is used after the edit. */
  boolean isUsed(int cluster) throws IOException {
    return volume.table().entry(cluster) != 0;
  }

  /** Returns whether nothing is changed. */
  boolean isEmpty() {
    return before.isEmpty();
  }

  /** Returns how many clusters are not used after the edit. */
  int freeAfter() {
    return free + freed.cardinality();
  }

  /** Returns where to look for a free cluster. */
  int next() {
    return next;
  }

  /** Makes a part of the changes of a device. */
  void stage(ChangedDevice device, Part part) throws IOException {
    TableKind kind = volume.boot().kind();
    for (Map.Entry<Integer, Integer> entry : before.entrySet()) {
      int was = entry.getValue();
      int is = volume.table().entry(entry.getKey());
      boolean less = is == 0 || (kind.isLast(is) && was != 0 && !kind.isLast(was));
      if (is != was && less == (part == Part.FREED)) {
        put(device, entry.getKey(), is);
      }
    }
  }

  /** Makes a device say that it is in use, or that it is not. */
  void stageMark(ChangedDevice device, boolean inUse) throws IOException {
    BootSector boot = volume.boot();
    if (FatGate.hasMark(boot)) {
      int at = FatGate.markAt(boot);
      device.put(at, new byte[] {inUse ? FatGate.marked(boot) : boot.bytes().get(at)});
    }
    int bit = FatGate.used(boot);
    if (bit != 0) {
      int entry = volume.table().entry(1);
      put(device, 1, inUse ? entry & ~bit : entry);
    }
  }
}
