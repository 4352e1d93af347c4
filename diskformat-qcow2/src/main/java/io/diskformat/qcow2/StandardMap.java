package io.diskformat.qcow2;

import io.diskformat.spi.Location;
import io.diskformat.storage.Storage;
import java.io.IOException;

/** The map of an image with standard L2 entries, of 8 bytes and one cluster each. */
final class StandardMap extends ClusterMap {
  private static final long ZERO = 1;

  private final boolean knowsZero;

  StandardMap(
      Qcow2Header header,
      Storage tables,
      L1Table l1,
      ClusterReader compressed,
      HostAllocation hostAllocation) {
    super(header, tables, l1, compressed, hostAllocation, header.clusterSize());
    this.knowsZero = header.version() >= 3;
  }

  @Override
  public long locate(long offset) throws IOException {
    long position = entryPosition(offset);
    if (position == 0) {
      return Location.of(Location.HOLE);
    }
    long entry = entry(position);
    long cluster = entry & OFFSET_MASK;
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
}
