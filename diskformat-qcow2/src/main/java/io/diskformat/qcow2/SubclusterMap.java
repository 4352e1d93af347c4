package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.spi.Location;
import io.diskformat.spi.MetadataPages;
import io.diskformat.storage.Storage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The map of an image with extended L2 entries: 16 bytes each, the second half being a bitmap of 32
 * subclusters. Section "Extended L2 Entries" of the specification.
 */
final class SubclusterMap extends ClusterMap {
  static final int SUBCLUSTERS = 32;
  private static final long ALL_ALLOCATED = 0xffff_ffffL;

  private final int subclusterBits;

  SubclusterMap(
      Qcow2Header header,
      Storage tables,
      @Nullable MetadataPages pages,
      L1Table l1,
      ClusterReader compressed,
      HostAllocation hostAllocation)
      throws IOException {
    super(
        header, tables, pages, l1, compressed, hostAllocation, header.clusterSize() / SUBCLUSTERS);
    this.subclusterBits = header.clusterBits() - 5;
  }

  @Override
  public long locate(long offset) throws IOException {
    long position = entryPosition(offset);
    if (position == 0) {
      return Location.of(Location.HOLE);
    }
    long entry = entry(position);
    if ((entry & COMPRESSED) != 0) {
      return compressedAt(entry, position);
    }
    long bitmap = entry(position + Long.BYTES);
    for (long again; (again = entry(position)) != entry; ) {
      // A writer is changing both: the two must be of one time.
      entry = again;
      if ((entry & COMPRESSED) != 0) {
        return compressedAt(entry, position);
      }
      bitmap = entry(position + Long.BYTES);
    }
    long cluster = entry & OFFSET_MASK;
    int subcluster = (int) (offset >>> subclusterBits) & SUBCLUSTERS - 1;
    boolean zero = ((bitmap >>> (SUBCLUSTERS + subcluster)) & 1) != 0;
    boolean allocated = ((bitmap >>> subcluster) & 1) != 0;
    if (cluster != 0 || (externalData && (entry & COPIED) != 0)) {
      if (((bitmap >>> SUBCLUSTERS) & bitmap) != 0) {
        throw invalid(position, offset, "a subcluster is both allocated and zero");
      }
      int kind = zero ? Location.RESERVED_ZERO : Location.RESERVED_HOLE;
      return placed(allocated ? Location.DATA : kind, cluster, offset, position);
    }
    if ((bitmap & ALL_ALLOCATED) != 0) {
      throw invalid(position, offset, "a subcluster is allocated and its cluster is not");
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
    long cluster = entry & OFFSET_MASK;
    if ((entry & (COPIED | COMPRESSED)) != COPIED || (cluster == 0 && !externalData)) {
      return -1;
    }
    int subcluster = (int) (offset >>> subclusterBits) & (SUBCLUSTERS - 1);
    if (((entry(position + Long.BYTES) >>> subcluster) & 1) == 0) {
      return -1;
    }
    return Location.position(placed(Location.DATA, cluster, offset, position));
  }

  private CorruptImageException invalid(long position, long offset, String problem) {
    return corrupt(
        "L2 table",
        position & ~clusterMask,
        "in the entry of disk offset " + (offset & ~clusterMask) + " " + problem);
  }
}
