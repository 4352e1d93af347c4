package io.diskformat.qcow2;

import io.diskformat.layer.Location;
import java.io.IOException;

/** The map of an image with extended L2 entries, of 16 bytes: a word and a bitmap each. */
final class SubclusterMap extends ClusterMap {
  private final int subclusterBits;

  SubclusterMap(MapSource source, long size, L1Table l1) throws IOException {
    super(source, size, l1, source.header().clusterSize() / SubclusterBitmap.COUNT);
    this.subclusterBits = source.header().clusterBits() - SubclusterBitmap.COUNT_BITS;
  }

  @Override
  public long locate(long offset) throws IOException {
    long position = entryPosition(offset);
    if (position == 0) {
      return Location.of(Location.HOLE);
    }
    long entry = entry(position);
    if (L2Entry.isCompressed(entry)) {
      return compressedAt(entry, position);
    }
    long bitmap = entry(position + Long.BYTES);
    for (long again; (again = entry(position)) != entry; ) {
      // A writer is changing both: the two must be of one time.
      entry = again;
      if (L2Entry.isCompressed(entry)) {
        return compressedAt(entry, position);
      }
      bitmap = entry(position + Long.BYTES);
    }
    int subcluster = subcluster(offset);
    boolean zero = SubclusterBitmap.isZero(bitmap, subcluster);
    boolean hasPlace = hasPlace(entry);
    String problem = SubclusterBitmap.problem(hasPlace, bitmap);
    if (problem != null) {
      throw corrupt(
          "L2 table",
          position & ~clusterMask,
          "in the entry of disk offset " + (offset & ~clusterMask) + " " + problem);
    }
    if (hasPlace) {
      int kind = zero ? Location.RESERVED_ZERO : Location.RESERVED_HOLE;
      boolean stored = SubclusterBitmap.isStored(bitmap, subcluster);
      return placed(stored ? Location.DATA : kind, L2Entry.place(entry), offset, position);
    }
    return Location.of(zero ? Location.ZERO : Location.HOLE);
  }

  @Override
  long owned(long offset) throws IOException {
    long position = entryPosition(offset);
    if (position == 0) {
      return -1;
    }
    long entry = entry(position);
    return L2Entry.isOwned(entry)
            && SubclusterBitmap.isStored(entry(position + Long.BYTES), subcluster(offset))
        ? ownedAt(entry, offset, position)
        : -1;
  }

  private int subcluster(long offset) {
    return (int) (offset >>> subclusterBits) & SubclusterBitmap.COUNT - 1;
  }
}
