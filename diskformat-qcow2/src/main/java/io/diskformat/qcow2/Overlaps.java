package io.diskformat.qcow2;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The clusters that hold a table and that something else uses as well; and who uses them. */
final class Overlaps {
  private static final int MOST = 1000;

  private final NavigableMap<Long, String> owners = new TreeMap<>();

  /** Whether there are more than are listed. */
  private boolean full;

  /**
   * How many references there are besides that of the one table; negative if several tables are.
   */
  private final Map<Long, Long> others = new HashMap<>();

  /**
   * Adds a table that is in a cluster that is shared, so far as there is room for another.
   *
   * @param more how many references to the cluster there are besides that of this table
   */
  void add(long cluster, String owner, long more) {
    others.merge(cluster, more, (before, now) -> -1L);
    add(cluster, owner);
  }

  private void add(long cluster, String owner) {
    String before = owners.get(cluster);
    if (before == null && owners.size() < MOST) {
      owners.put(cluster, owner);
    } else if (before == null) {
      full = true;
    } else if (before.length() < MOST && !before.endsWith(owner)) {
      owners.put(cluster, before + " and " + owner);
    }
  }

  /** Returns who uses a shared cluster, or null if it is not shared. */
  @Nullable String of(long cluster) {
    return owners.isEmpty() ? null : owners.get(cluster);
  }

  /** Returns whether any of several adjacent clusters is shared. */
  boolean concerns(long first, int count) {
    if (owners.isEmpty()) {
      return false;
    }
    Long next = owners.ceilingKey(first);
    return next != null && next < first + count;
  }

  /**
   * Returns how many references there are to a cluster besides that of the one table that is there;
   * 0 or less if there is none, or are several.
   */
  long others(long cluster) {
    return full ? 0 : others.getOrDefault(cluster, 0L);
  }

  /** Returns whether no cluster is shared. */
  boolean isEmpty() {
    return owners.isEmpty();
  }

  /** Adds the clusters of another object. */
  void addAll(Overlaps more) {
    more.owners.forEach(this::add);
    more.others.forEach((cluster, count) -> others.merge(cluster, count, (a, b) -> -1L));
    full |= more.full;
  }

  /** Returns whether any cluster of a range of the file is shared, or may be. */
  boolean concernRange(long position, long size, int clusterBits) {
    long first = position >>> clusterBits;
    Long next = owners.ceilingKey(first);
    return full || (next != null && next <= (position + size - 1) >>> clusterBits);
  }
}
