package io.diskformat.qcow2;

import io.diskformat.spi.MetadataPages;
import java.io.IOException;

/**
 * Makes L2 tables that only the disk has, and so may be changed, where there are none or shared
 * ones.
 */
final class OwnL2Tables {
  private static final long[] NO_ENTRIES = {};

  private final ClusterMap map;
  private final MetadataPages pages;
  private final ClusterAllocator allocator;
  private final MetadataRegions metadata;
  private final int clusterBits;

  OwnL2Tables(
      ClusterMap map,
      MetadataPages pages,
      ClusterAllocator allocator,
      MetadataRegions metadata,
      int clusterBits) {
    this.map = map;
    this.pages = pages;
    this.allocator = allocator;
    this.metadata = metadata;
    this.clusterBits = clusterBits;
  }

  /** Makes the L2 table of a guest offset this disk's alone: a new one, or a copy. */
  synchronized void own(long offset) throws IOException {
    long position = map.l1EntryPosition(offset);
    long entry = map.entry(position);
    long table = entry & ClusterMap.OFFSET_MASK;
    if (table != 0 && (entry & ClusterMap.COPIED) != 0) {
      return;
    }
    // What can fail comes first: once a cluster is a table's, it is filled and pointed to.
    long[] entries = table == 0 ? NO_ENTRIES : entries(table);
    boolean single = table != 0 && allocator.isSingle(table >>> clusterBits);
    pages.write(position, entry, WriteOrder.L1);
    ClusterAllocator.Run run = allocator.allocate(1);
    long fresh = run.cluster() << clusterBits;
    metadata.add(run.cluster(), 1, MetadataRegions.Kind.L2);
    pages.clear(fresh, 1L << clusterBits, WriteOrder.L2);
    for (int i = 0; i < entries.length; i++) {
      pages.write(fresh + ((long) i << 3), entries[i], WriteOrder.L2);
    }
    if (table != 0) {
      if (single) {
        // Nobody's table any more, though only the flag said so that it was shared.
        metadata.remove(table >>> clusterBits, 1);
      }
      allocator.free(table >>> clusterBits);
    }
    pages.write(position, fresh | ClusterMap.COPIED, WriteOrder.L1);
  }

  private long[] entries(long table) throws IOException {
    long[] entries = new long[1 << (clusterBits - 3)];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = map.entry(table + ((long) i << 3));
    }
    return entries;
  }
}
