package io.diskformat.vmdk;

import io.diskformat.layer.GuestMap;
import io.diskformat.layer.Location;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The map of a stream that has lost its tables: the grains that a {@link StreamScan} found. */
final class ScannedMap extends GuestMap {
  private final long[] grains;
  private final int grainBits;
  private final GrainStreams streams;

  /**
   * Creates a map.
   *
   * @param grains as {@link StreamScan#grains} returns them
   */
  ScannedMap(SparseHeader header, long[] grains, GrainStreams streams) {
    super(1L << header.grainBits(), 1L << header.grainBits());
    this.grains = grains;
    this.grainBits = header.grainBits();
    this.streams = streams;
  }

  @Override
  public long locate(long offset) {
    long grain = offset >>> grainBits;
    int index = firstFrom(grain);
    return index < grains.length && grains[index] >>> 32 == grain
        ? Location.compressed(grains[index])
        : Location.of(Location.HOLE);
  }

  @Override
  public long holeLength(long offset) {
    int index = firstFrom(offset >>> grainBits);
    return index == grains.length ? Long.MAX_VALUE : (grains[index] >>> 32 << grainBits) - offset;
  }

  /** Returns which of those that are stored is the first that is no earlier than a grain. */
  private int firstFrom(long grain) {
    // None is at sector 0, where the header is.
    return -Arrays.binarySearch(grains, GrainStreams.descriptor(grain, 0)) - 1;
  }

  @Override
  public void decompress(long location, MemorySegment target) throws IOException {
    streams.read(Location.descriptor(location), target);
  }

  @Override
  public long streamPosition(long location) {
    return GrainStreams.position(Location.descriptor(location));
  }

  @Override
  public long streamLength(long location) {
    return compressedUnit();
  }

  @Override
  public long storedLength(long location) throws IOException {
    return streams.recordLength(Location.descriptor(location));
  }

  @Override
  public String unitName() {
    return "grain";
  }
}
