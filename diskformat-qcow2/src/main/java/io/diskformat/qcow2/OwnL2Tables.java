package io.diskformat.qcow2;

import io.diskformat.table.MetadataPages;
import java.io.IOException;

/** Gives the disk L2 tables of its own, which may be changed, where it has none or shared ones. */
final class OwnL2Tables {
  private static final long[] NO_ENTRIES = {};

  private final ClusterMap map;
  private final MetadataPages pages;
  private final ClusterAllocator allocator;
  private final MetadataRegions metadata;
  private final int clusterBits;

  OwnL2Tables(ImageTables tables) {
    this.map = tables.map();
    this.pages = tables.pages();
    this.allocator = tables.allocator();
    this.metadata = tables.metadata();
    this.clusterBits = tables.header().clusterBits();
  }

  /** Makes the L2 table of an offset this disk's alone: a new one, or a copy. */
  synchronized void own(long offset) throws IOException {
    long position = map.l1EntryPosition(offset);
    long entry = map.l1Entry(position);
    long table = L1Entry.table(entry);
    if (table != 0 && L1Entry.isCopied(entry)) {
      return;
    }
    // What can fail comes first: once a cluster is a table's, it is filled and pointed to.
    long[] entries = table == 0 ? NO_ENTRIES : entries(table);
    boolean single = table != 0 && allocator.isSingle(table >>> clusterBits);
    pages.write(position, entry, WriteOrder.L1);
    long fresh = allocator.allocate(1).position();
    metadata.add(fresh >>> clusterBits, 1, MetadataRegions.Kind.L2);
    pages.clear(fresh, 1L << clusterBits, WriteOrder.L2);
    for (int i = 0; i < entries.length; i++) {
      pages.write(fresh + ((long) i << 3), entries[i], WriteOrder.L2);
    }
    if (table != 0) {
      if (single) {
        // It is no table any more: it was not shared, although the flag said so.
        metadata.remove(table >>> clusterBits, 1);
      }
      allocator.free(table >>> clusterBits);
    }
    pages.write(position, L1Entry.owned(fresh), WriteOrder.L1);
  }

  private long[] entries(long table) throws IOException {
    long[] entries = new long[1 << (clusterBits - 3)];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = map.entry(table + ((long) i << 3));
    }
    return entries;
  }
}
