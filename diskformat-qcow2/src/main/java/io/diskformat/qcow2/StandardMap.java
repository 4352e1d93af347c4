package io.diskformat.qcow2;

import io.diskformat.layer.Location;
import java.io.IOException;

/** The map of an image with standard L2 entries, of 8 bytes and one cluster each. */
final class StandardMap extends ClusterMap {
  private final boolean knowsZero;

  /** Bits that are all 0 in the entry of a cluster that is stored at an aligned place. */
  private final long unusual;

  StandardMap(MapSource source, long size, L1Table l1) throws IOException {
    super(source, size, l1, source.header().clusterSize());
    this.knowsZero = source.header().version() >= 3;
    // With an external data file, where the data must be is checked each time.
    this.unusual = externalData ? -1 : L2Entry.unusual(clusterMask);
  }

  @Override
  public long locate(long offset) throws IOException {
    long position = mappedEntryPosition(offset);
    if (position == 0) {
      return locateUnmapped(offset);
    }
    long entry = mappedEntry(position);
    long place = L2Entry.place(entry);
    if (!L2Entry.hasAny(entry, unusual) && place != 0) {
      return Location.of(Location.DATA, place + (offset & clusterMask));
    }
    return locateUnusual(offset, position, entry, place);
  }

  private long locateUnmapped(long offset) throws IOException {
    long position = entryPosition(offset);
    if (position == 0) {
      return Location.of(Location.HOLE);
    }
    long entry = entry(position);
    long place = L2Entry.place(entry);
    return L2Entry.hasAny(entry, unusual) || place == 0
        ? locateUnusual(offset, position, entry, place)
        : Location.of(Location.DATA, place + (offset & clusterMask));
  }

  /**
   * Locates all that is not data at an aligned place. Kept apart so that the usual path stays
   * small.
   */
  private long locateUnusual(long offset, long position, long entry, long place)
      throws IOException {
    if (L2Entry.isCompressed(entry)) {
      return compressedAt(entry, position);
    }
    if (!L2Entry.isZero(entry)) {
      return hasPlace(entry)
          ? placed(Location.DATA, place, offset, position)
          : Location.of(Location.HOLE);
    }
    if (!knowsZero) {
      throw corrupt("L2 table", position & ~clusterMask, "a zero cluster in an image of version 2");
    }
    return place == 0
        ? Location.of(Location.ZERO)
        : placed(Location.RESERVED_ZERO, place, offset, position);
  }

  @Override
  long owned(long offset) throws IOException {
    long position = entryPosition(offset);
    if (position == 0) {
      return -1;
    }
    long entry = entry(position);
    return L2Entry.isZero(entry) ? -1 : ownedAt(entry, offset, position);
  }
}
