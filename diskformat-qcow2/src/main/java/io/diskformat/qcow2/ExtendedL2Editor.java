package io.diskformat.qcow2;

import io.diskformat.spi.MetadataPages;
import java.io.IOException;

/**
 * Changes extended L2 entries: a word and a bitmap of subclusters. A reader takes the word, the
 * bitmap, and the word again; so the word is written first where the new bitmap is only right for
 * the new place, and last where the old place stays right for the new bitmap.
 */
final class ExtendedL2Editor extends L2Editor {
  private static final long ALL = 0xffff_ffffL;

  private final int subclusterBits;

  ExtendedL2Editor(Qcow2Header header, ClusterMap map, MetadataPages pages, Freed freed) {
    super(header, map, pages, freed);
    this.subclusterBits = header.clusterBits() - 5;
  }

  /** Returns the bits of the subclusters of a part of a cluster. */
  private long bits(long cluster, long start, long end) {
    int first = (int) ((start - cluster) >>> subclusterBits);
    int last = (int) ((end - cluster) >>> subclusterBits);
    return (1L << last) - (1L << first);
  }

  @Override
  void link(long cluster, long start, long end, long place) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    boolean wasCompressed = (old & ClusterMap.COMPRESSED) != 0;
    long bits = bits(cluster, start, end);
    long bitmap = wasCompressed ? 0 : map.entry(position + Long.BYTES);
    bitmap = (bitmap | bits) & ~(bits << SubclusterMap.SUBCLUSTERS);
    if (wasCompressed) {
      write(position + Long.BYTES, bitmap);
      write(position, place | ClusterMap.COPIED);
    } else {
      write(position, place | ClusterMap.COPIED);
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

  /** All its subclusters stay as they are: a backing file shows through where there is one. */
  @Override
  void reserve(long cluster, long place) throws IOException {
    write(map.entryPosition(cluster), place | ClusterMap.COPIED);
  }

  @Override
  boolean canZero(long offset, long length) throws IOException {
    for (long cluster = offset & -clusterSize; cluster < offset + length; cluster += clusterSize) {
      boolean whole = cluster >= offset && cluster + clusterSize <= offset + length;
      long position = map.entryPosition(cluster);
      if (!whole && position != 0 && (map.entry(position) & ClusterMap.COMPRESSED) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  void zero(long cluster, long start, long end, boolean hasBacking) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    boolean compressed = (old & ClusterMap.COMPRESSED) != 0;
    long bits = bits(cluster, start, end);
    long bitmap = compressed ? 0 : map.entry(position + Long.BYTES);
    long zeroed = (bitmap & ~bits) | (bits << SubclusterMap.SUBCLUSTERS);
    if (old == 0 && bitmap == 0 && !hasBacking) {
      return;
    }
    boolean owned = (old & (ClusterMap.COPIED | ClusterMap.COMPRESSED)) == ClusterMap.COPIED;
    if (bits != ALL || owned) {
      write(position + Long.BYTES, zeroed);
      return;
    }
    write(position + Long.BYTES, zeroed);
    write(position, 0);
    freed.entry(old);
  }

  @Override
  void discard(long cluster, boolean hasBacking) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    long discarded = hasBacking ? ALL << SubclusterMap.SUBCLUSTERS : 0;
    if (old == 0) {
      return;
    }
    write(position + Long.BYTES, discarded);
    write(position, 0);
    freed.entry(old);
  }
}
