package io.diskformat.qcow2;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Moves L2 tables to where clusters are free before a bound, with all references to them: those of
 * the disk and those of snapshots. It works as {@link ClusterMoves} does for what the tables point
 * to.
 */
final class L2TableMoves {
  /** The most tables to move at once. */
  private static final int MOST = 1 << 18;

  private final CompactionImage image;
  private final ClusterAllocator allocator;
  private final long dense;
  private final int clusterBits;
  private final Map<Long, Long> moved = new HashMap<>();
  private final Releases releases;

  /**
   * Prepares moves.
   *
   * @param dense the cluster before which all is moved
   */
  L2TableMoves(CompactionImage image, long dense) {
    this.image = image;
    this.allocator = image.allocator();
    this.dense = dense;
    this.clusterBits = image.clusterBits();
    this.releases = new Releases(image);
  }

  /**
   * Moves tables that are not before the bound, as far as there is room, and makes that durable;
   * returns how many.
   */
  long run() throws IOException {
    image.flush();
    References references = image.references();
    for (L1Table l1 : image.l1Tables()) {
      for (int i = 0; i < l1.entries(); i++) {
        long position = l1.entryPosition(i);
        long entry = references.word(position);
        long table = L1Entry.table(entry);
        long target = table >>> clusterBits < dense ? -1 : target(table);
        if (target >= 0) {
          image.pages().write(position, entry - table + target, WriteOrder.L1);
          releases.add(table >>> clusterBits, 1);
          image.flushIfMuch();
        }
      }
    }
    releases.settle();
    return moved.size();
  }

  /** Returns where a table is now, or -1 if it stays. */
  private long target(long table) throws IOException {
    Long known = moved.get(table);
    if (known != null) {
      return known;
    }
    long cluster = moved.size() < MOST ? allocator.allocateBefore(dense, 1) : -1;
    if (cluster < 0) {
      return -1;
    }
    long references = allocator.references(table >>> clusterBits);
    MetadataRegions metadata = image.tables().metadata();
    MetadataRegions.Kind kind = metadata.kind(table >>> clusterBits);
    metadata.add(cluster, 1, kind == null ? MetadataRegions.Kind.L2 : kind);
    if (references > 1) {
      boolean _ = allocator.share(cluster, references - 1);
    }
    copy(table, cluster << clusterBits);
    moved.put(table, cluster << clusterBits);
    image.progress().add(image.clusterSize());
    return cluster << clusterBits;
  }

  private void copy(long table, long target) throws IOException {
    image.pages().clear(target, image.clusterSize(), WriteOrder.L2);
    for (long at = 0; at < image.clusterSize(); at += Long.BYTES) {
      image.pages().write(target + at, image.map().entry(table + at), WriteOrder.L2);
    }
  }
}
