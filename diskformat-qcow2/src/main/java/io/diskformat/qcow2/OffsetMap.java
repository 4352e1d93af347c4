package io.diskformat.qcow2;

import io.diskformat.layer.GuestMap;
import io.diskformat.layer.Location;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The map of a disk whose bytes are read from {@link OffsetDecryption}: its positions are offsets
 * of the disk.
 */
final class OffsetMap extends GuestMap {
  private final ClusterMap map;

  OffsetMap(ClusterMap map) {
    super(map.unit(), map.compressedUnit());
    this.map = map;
  }

  @Override
  public long locate(long offset) throws IOException {
    long location = map.locate(offset);
    return Location.kind(location) == Location.DATA ? Location.of(Location.DATA, offset) : location;
  }

  @Override
  public long dataPosition(long offset, long location) throws IOException {
    return Location.position(map.locate(offset));
  }

  @Override
  public long streamPosition(long location) throws IOException {
    return map.streamPosition(location);
  }

  @Override
  public long streamLength(long location) throws IOException {
    return map.streamLength(location);
  }

  @Override
  public String unitName() {
    return map.unitName();
  }

  @Override
  public long holeLength(long offset) throws IOException {
    return map.holeLength(offset);
  }

  @Override
  public void decompress(long location, MemorySegment target) throws IOException {
    map.decompress(location, target);
  }
}
