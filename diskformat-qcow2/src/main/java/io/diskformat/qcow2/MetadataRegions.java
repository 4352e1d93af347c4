package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Which clusters of the file hold tables, so that no write of data, and no new table, ever lands on
 * one. Looked up without a lock: a cluster becomes a table's only while nothing else uses it.
 */
final class MetadataRegions {
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int FIRST_CAPACITY = 64;
  private static final int KIND_BITS = 4;

  /** The code of a cluster that holds a table no longer; all bits of a code are set. */
  private static final int REMOVED = 15;

  /** What a cluster holds. */
  enum Kind {
    HEADER(1, "header"),
    REFCOUNT_TABLE(2, "refcount table"),
    REFCOUNT_BLOCK(3, "refcount block"),
    L1(4, "L1 table"),
    L2(5, "L2 table"),
    SNAPSHOT_TABLE(6, "snapshot table"),
    SNAPSHOT_L1(7, "L1 table of a snapshot"),
    SNAPSHOT_L2(8, "L2 table of a snapshot"),
    BITMAPS(9, "bitmap directory"),
    ENCRYPTION_HEADER(10, "encryption header");

    private final int code;
    private final String description;

    Kind(int code, String description) {
      this.code = code;
      this.description = description;
    }

    @Override
    public String toString() {
      return description;
    }
  }

  /** In the order of their codes. */
  private static final Kind[] KINDS = Kind.values();

  private final String image;
  private final int clusterBits;

  /**
   * A hash table with open addressing: each word has a cluster's number and the code of its kind,
   * and 0 is an empty slot.
   */
  private volatile long[] slots = new long[FIRST_CAPACITY];

  private int used;

  MetadataRegions(String image, int clusterBits) {
    this.image = image;
    this.clusterBits = clusterBits;
  }

  /** Returns whether a cluster holds a table. */
  boolean contains(long cluster) {
    long slot = find(slots, cluster);
    return slot != 0 && (slot & REMOVED) != REMOVED;
  }

  /** Returns which kind of table a cluster holds, or null if it holds none. */
  @Nullable Kind kind(long cluster) {
    long slot = find(slots, cluster);
    return slot == 0 || (slot & REMOVED) == REMOVED ? null : kindOf(slot);
  }

  /** Throws if a cluster that is about to be used holds a table. */
  void checkFree(long cluster) throws CorruptImageException {
    if (contains(cluster)) {
      throw overlap(cluster, "is counted as free");
    }
  }

  /** Returns the exception for a table where something else is about to be written. */
  CorruptImageException overlap(long cluster, String problem) {
    return new CorruptImageException(
        image, kindOf(find(slots, cluster)).toString(), cluster << clusterBits, problem);
  }

  private static Kind kindOf(long slot) {
    return KINDS[(int) (slot & REMOVED) - 1];
  }

  /**
   * Marks clusters as holding a table.
   *
   * @throws CorruptImageException if one already holds another
   */
  synchronized void add(long first, long count, Kind kind) throws CorruptImageException {
    for (long cluster = first; cluster < first + count; cluster++) {
      long slot = find(slots, cluster);
      if (slot == 0 || (slot & REMOVED) == REMOVED) {
        put(cluster, kind.code);
      } else if (!(sharable(kind) && sharable(kindOf(slot)))) {
        throw overlap(cluster, "overlaps the " + kind);
      }
    }
  }

  /**
   * Marks the clusters of a range of the file, which may be empty, as holding a table.
   *
   * @throws CorruptImageException if one already holds another
   */
  void addBytes(long start, long end, Kind kind) throws CorruptImageException {
    if (start < end) {
      long first = start >>> clusterBits;
      add(first, ((end - 1) >>> clusterBits) - first + 1, kind);
    }
  }

  /** A snapshot shares L2 tables with the disk and with other snapshots. */
  private static boolean sharable(Kind kind) {
    return kind == Kind.L2 || kind == Kind.SNAPSHOT_L2;
  }

  synchronized void remove(long first, long count) {
    for (long cluster = first; cluster < first + count; cluster++) {
      put(cluster, REMOVED);
    }
  }

  private void put(long cluster, int kind) {
    long[] table = slots;
    if (2 * (used + 1) > table.length) {
      long[] larger = new long[2 * table.length];
      for (long slot : table) {
        if (slot != 0) {
          larger[indexOf(larger, slot >>> KIND_BITS)] = slot;
        }
      }
      larger[indexOf(larger, cluster)] = cluster << KIND_BITS | kind;
      slots = larger;
      used++;
      return;
    }
    int index = indexOf(table, cluster);
    if (table[index] == 0) {
      used++;
    }
    SLOT.setRelease(table, index, cluster << KIND_BITS | kind);
  }

  private static long find(long[] table, long cluster) {
    return (long) SLOT.getAcquire(table, indexOf(table, cluster));
  }

  /** Returns the index of a cluster's slot, or of the empty one where it would be. */
  private static int indexOf(long[] table, long cluster) {
    int mask = table.length - 1;
    int index = (int) ((cluster * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (true) {
      long slot = (long) SLOT.getAcquire(table, index);
      if (slot == 0 || slot >>> KIND_BITS == cluster) {
        return index;
      }
      index = (index + 1) & mask;
    }
  }
}
