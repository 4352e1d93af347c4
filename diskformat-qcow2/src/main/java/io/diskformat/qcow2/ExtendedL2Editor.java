package io.diskformat.qcow2;

import io.diskformat.table.MetadataPages;
import java.io.IOException;

/**
 * Changes extended L2 entries: a word and a bitmap of subclusters. A reader takes the word, the
 * bitmap, and the word again; so the word is written first where the new bitmap is only right for
 * the new place, and last where the old place stays right for the new bitmap.
 */
final class ExtendedL2Editor extends L2Editor {
  private final int subclusterBits;

  ExtendedL2Editor(Qcow2Header header, ClusterMap map, MetadataPages pages, Freed freed) {
    super(header, map, pages, freed);
    this.subclusterBits = header.clusterBits() - SubclusterBitmap.COUNT_BITS;
  }

  /** Returns the set of the subclusters of a part of a cluster. */
  private long set(long cluster, long start, long end) {
    int first = (int) ((start - cluster) >>> subclusterBits);
    int last = (int) ((end - cluster) >>> subclusterBits);
    return SubclusterBitmap.range(first, last);
  }

  @Override
  void link(long cluster, long start, long end, long place) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    boolean wasCompressed = L2Entry.isCompressed(old);
    long bitmap = wasCompressed ? 0 : map.entry(position + Long.BYTES);
    bitmap = SubclusterBitmap.store(bitmap, set(cluster, start, end));
    if (wasCompressed) {
      write(position + Long.BYTES, bitmap);
      write(position, L2Entry.owned(place));
    } else {
      write(position, L2Entry.owned(place));
      write(position + Long.BYTES, bitmap);
    }
    release(old, place);
  }

  @Override
  void linkCompressed(long cluster, long entry) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    write(position, entry);
    write(position + Long.BYTES, 0);
    freed.entry(old);
  }

  @Override
  boolean canZero(long offset, long length) throws IOException {
    for (long cluster = offset & -clusterSize; cluster < offset + length; cluster += clusterSize) {
      boolean whole = cluster >= offset && cluster + clusterSize <= offset + length;
      long position = map.entryPosition(cluster);
      if (!whole && position != 0 && L2Entry.isCompressed(map.entry(position))) {
        return false;
      }
    }
    return true;
  }

  @Override
  void zero(long cluster, long start, long end, boolean hasBacking) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    long bitmap = L2Entry.isCompressed(old) ? 0 : map.entry(position + Long.BYTES);
    if (old == L2Entry.NONE && bitmap == 0 && !hasBacking) {
      return;
    }
    long set = set(cluster, start, end);
    write(position + Long.BYTES, SubclusterBitmap.zero(bitmap, set));
    if (set == SubclusterBitmap.ALL && !L2Entry.isOwned(old)) {
      write(position, L2Entry.NONE);
      freed.entry(old);
    }
  }

  @Override
  void discard(long cluster, boolean hasBacking) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    if (old == L2Entry.NONE) {
      return;
    }
    write(position + Long.BYTES, hasBacking ? SubclusterBitmap.ALL_ZERO : 0);
    write(position, L2Entry.NONE);
    freed.entry(old);
  }

  @Override
  void forget(long cluster) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    if (old != L2Entry.NONE || map.entry(position + Long.BYTES) != 0) {
      write(position + Long.BYTES, 0);
      write(position, L2Entry.NONE);
      freed.entry(old);
    }
  }
}
