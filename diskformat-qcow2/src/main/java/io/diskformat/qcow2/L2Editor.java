package io.diskformat.qcow2;

import io.diskformat.table.MetadataPages;
import java.io.IOException;

/**
 * Changes the L2 entries of clusters whose table is the disk's alone. Each method is called for one
 * cluster by one thread at a time; readers see each change whole.
 */
abstract sealed class L2Editor permits StandardL2Editor, ExtendedL2Editor {
  /** Receives entries that were replaced, to free what they referred to. */
  @FunctionalInterface
  interface Freed {
    void entry(long entry) throws IOException;
  }

  final ClusterMap map;
  private final MetadataPages pages;
  final Freed freed;
  final long clusterSize;

  L2Editor(Qcow2Header header, ClusterMap map, MetadataPages pages, Freed freed) {
    this.map = map;
    this.pages = pages;
    this.freed = freed;
    this.clusterSize = header.clusterSize();
  }

  static L2Editor of(Qcow2Header header, ClusterMap map, MetadataPages pages, Freed freed) {
    return header.has(Qcow2Header.EXTENDED_L2)
        ? new ExtendedL2Editor(header, map, pages, freed)
        : new StandardL2Editor(header, map, pages, freed);
  }

  final void write(long position, long value) throws IOException {
    pages.write(position, value, WriteOrder.L2);
  }

  /**
   * Returns the place that a cluster has of its own, even if not all of its data is there, or -1.
   */
  final long reserved(long cluster) throws IOException {
    long entry = map.entry(map.entryPosition(cluster));
    long place = L2Entry.place(entry);
    return L2Entry.isOwned(entry) && place != 0 ? place : -1;
  }

  /** Gives up what an old entry refers to, unless that is {@code place}. */
  final void release(long oldEntry, long place) throws IOException {
    if (L2Entry.isCompressed(oldEntry) || L2Entry.place(oldEntry) != place) {
      freed.entry(oldEntry);
    }
  }

  /** Records that a part of a cluster, whole units, is stored at its place. */
  abstract void link(long cluster, long start, long end, long place) throws IOException;

  /** Records that a cluster is stored as a compressed stream. */
  abstract void linkCompressed(long cluster, long entry) throws IOException;

  /**
   * Gives a cluster a place of its own, without any data being written there. Its subclusters stay
   * as they are: where there is a backing file, it shows through.
   */
  final void reserve(long cluster, long place) throws IOException {
    write(map.entryPosition(cluster), L2Entry.owned(place));
  }

  /** Returns whether a range of whole units can be recorded as zero. */
  abstract boolean canZero(long offset, long length) throws IOException;

  /** Records that a part of a cluster, whole units, reads as zeroes. */
  abstract void zero(long cluster, long start, long end, boolean hasBacking) throws IOException;

  /** Forgets what a cluster holds; the backing file does not show through. */
  abstract void discard(long cluster, boolean hasBacking) throws IOException;

  /** Forgets all that is recorded of a cluster, so that what is below shows. */
  abstract void forget(long cluster) throws IOException;
}
