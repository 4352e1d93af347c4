package io.diskformat.qcow2;

import io.diskformat.spi.Location;
import io.diskformat.spi.MetadataPages;
import io.diskformat.storage.Storage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The map of an image with standard L2 entries, of 8 bytes and one cluster each. */
final class StandardMap extends ClusterMap {
  /** The cluster reads as zeroes. */
  static final long ZERO = 1;

  private final boolean knowsZero;

  /** The bits of which a plain entry that points to an aligned place has none. */
  private final long unusual;

  StandardMap(
      Qcow2Header header,
      Storage tables,
      @Nullable MetadataPages pages,
      L1Table l1,
      ClusterReader compressed,
      HostAllocation hostAllocation)
      throws IOException {
    super(header, tables, pages, l1, compressed, hostAllocation, header.clusterSize());
    this.knowsZero = header.version() >= 3;
    // With an external data file, where the data must be is checked each time.
    this.unusual = externalData ? -1 : COMPRESSED | ZERO | (clusterMask & OFFSET_MASK);
  }

  @Override
  public long locate(long offset) throws IOException {
    long position = entryPosition(offset);
    if (position == 0) {
      return Location.of(Location.HOLE);
    }
    long entry = entry(position);
    long cluster = entry & OFFSET_MASK;
    if ((entry & unusual) == 0 && cluster != 0) {
      return Location.of(Location.DATA, cluster + (offset & clusterMask));
    }
    return locateUnusual(offset, position, entry, cluster);
  }

  /** All that is not data at an aligned place. Out of the way, so that the usual stays small. */
  private long locateUnusual(long offset, long position, long entry, long cluster)
      throws IOException {
    if ((entry & (COMPRESSED | ZERO)) == 0) {
      // Offset 0 is the header's, so it means none, except in a data file without a header.
      boolean present = cluster != 0 || (externalData && (entry & COPIED) != 0);
      return present
          ? placed(Location.DATA, cluster, offset, position)
          : Location.of(Location.HOLE);
    }
    if ((entry & COMPRESSED) != 0) {
      return compressedAt(entry, position);
    }
    if (!knowsZero) {
      throw corrupt("L2 table", position & ~clusterMask, "a zero cluster in an image of version 2");
    }
    return cluster == 0
        ? Location.of(Location.ZERO)
        : placed(Location.RESERVED_ZERO, cluster, offset, position);
  }

  @Override
  long owned(long offset) throws IOException {
    long position = entryPosition(offset);
    if (position == 0) {
      return -1;
    }
    long entry = entry(position);
    long cluster = entry & OFFSET_MASK;
    if ((entry & (COPIED | COMPRESSED | ZERO)) != COPIED || (cluster == 0 && !externalData)) {
      return -1;
    }
    return Location.position(placed(Location.DATA, cluster, offset, position));
  }
}
