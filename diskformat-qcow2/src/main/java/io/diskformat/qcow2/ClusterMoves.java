package io.diskformat.qcow2;

import io.diskformat.layer.PaddedCopy;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves clusters of data, and compressed streams, to where clusters are free before a bound, with
 * all references to them: those of the disk and those of snapshots.
 *
 * <p>A copy counts as often as what it is a copy of, and is durable before a table points to it.
 * While the tables change one after the other, both have the same content, so it does not matter
 * which of them a table still points to. What was copied is free only after all tables are durable
 * that point to the copy.
 */
final class ClusterMoves {
  /** The most clusters with several references that are moved at once. */
  private static final int MOST_SHARED = 1 << 18;

  /** The least number of them, however small the file is. */
  private static final int LEAST_SHARED = 1 << 10;

  private final CompactionImage image;
  private final ClusterAllocator allocator;
  private final ClusterMap map;
  private final long dense;
  private final int clusterBits;
  private final long limit;
  private final Releases releases;
  private final StreamMoves streams;

  /**
   * The new positions of clusters to which several tables refer, by their old ones; and the entries
   * of such streams.
   */
  private final Map<Long, Long> moved = new HashMap<>();

  private boolean hasSnapshots;
  private long count;

  /**
   * Prepares moves.
   *
   * @param dense the cluster before which all is moved
   */
  ClusterMoves(CompactionImage image, long dense) {
    this.image = image;
    this.allocator = image.allocator();
    this.map = image.map();
    this.dense = dense;
    this.clusterBits = image.clusterBits();
    // Until all tables were visited, what was copied takes up space twice.
    this.limit = Math.clamp(dense >> 3, LEAST_SHARED, MOST_SHARED);
    this.releases = new Releases(image);
    this.streams = new StreamMoves(image, dense);
  }

  /**
   * Moves what is not before the bound, as far as there is room, and makes that durable; returns
   * how much it moved.
   */
  long run() throws IOException {
    if (image.tables().header().has(Qcow2Header.EXTERNAL_DATA)) {
      // In a data file, each cluster has its fixed place.
      return 0;
    }
    List<L1Table> l1Tables = image.l1Tables();
    hasSnapshots = l1Tables.size() > 1;
    image.references().visitL2Tables(l1Tables, this::visit);
    releases.settle();
    return count;
  }

  /** Moves what the entries of a table refer to, to which several L1 entries may point. */
  private void visit(long table, long owners) throws IOException {
    for (long at = table; at < table + image.clusterSize(); at += map.entrySize()) {
      long entry = map.entry(at);
      long now = entry;
      if (L2Entry.isCompressed(entry)) {
        now = movedStream(entry, owners);
      } else if (L2Entry.place(entry) >>> clusterBits >= dense) {
        now = movedCluster(entry, owners);
      }
      if (now != entry) {
        image.pages().write(at, now, WriteOrder.L2);
        count++;
        image.progress().add(image.clusterSize());
        image.flushIfMuch();
      }
    }
  }

  private long movedCluster(long entry, long owners) throws IOException {
    long place = L2Entry.place(entry);
    Long target = moved.get(place);
    if (target == null) {
      target = copied(place, owners);
    }
    if (target < 0) {
      return entry;
    }
    releases.add(place >>> clusterBits, owners);
    return (entry & ~L2Entry.PLACE) | target;
  }

  /** Copies a cluster, and returns the position of the copy, or -1 if there is no place for it. */
  private long copied(long place, long owners) throws IOException {
    long references = allocator.references(place >>> clusterBits);
    boolean shared = references > owners;
    long target = shared && moved.size() >= limit ? -1 : allocator.allocateBefore(dense, 1);
    if (target < 0) {
      return -1;
    }
    PaddedCopy.within(image.data(), place, target << clusterBits, image.clusterSize());
    if (references > 1) {
      boolean _ = allocator.share(target, references - 1);
    }
    if (shared) {
      moved.put(place, target << clusterBits);
    }
    return target << clusterBits;
  }

  private long movedStream(long entry, long owners) throws IOException {
    long last = (image.compressed().end(entry) - 1) >>> clusterBits;
    if (last < dense) {
      return entry;
    }
    long now = moved.getOrDefault(entry, 0L);
    if (now != 0) {
      streams.share(now, owners);
    } else {
      if (hasSnapshots && moved.size() >= limit) {
        return entry;
      }
      now = streams.copied(entry, owners, hasSnapshots);
      if (now == 0) {
        return entry;
      }
      if (hasSnapshots) {
        moved.put(entry, now);
      }
    }
    long first = image.compressed().position(entry) >>> clusterBits;
    for (long cluster = first; cluster <= last; cluster++) {
      releases.add(cluster, owners);
    }
    return now;
  }
}
