package io.diskformat.layer;

import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A cursor over the extents that one layer's map records, one unit at a time. */
final class UnitCursor implements ExtentCursor {
  private final LayerReader reader;
  private final Units units;
  private final StableLookup lookup;
  private final long end;
  private long at;

  /**
   * Creates a cursor over a range.
   *
   * @param dataName the name of the file that the map's positions belong to, or null if none are
   *     shown
   * @param epoch a number that changes when a place that was looked up may have been reused
   */
  UnitCursor(
      LayerReader reader,
      GuestMap map,
      @Nullable String dataName,
      LongSupplier epoch,
      long start,
      long end) {
    this.reader = reader;
    this.units = new Units(map, dataName);
    this.lookup = new StableLookup(reader, epoch);
    this.at = start;
    this.end = end;
  }

  @Override
  public @Nullable Extent next() throws IOException {
    if (at >= end) {
      return null;
    }
    reader.checkOpen();
    Extent extent = lookup.at(at, offset -> units.at(offset, end));
    at = extent.end();
    return extent;
  }

  /** What a map records, as extents. */
  record Units(GuestMap map, @Nullable String dataName) {

    /** Returns how a byte and those that follow it in its unit are stored, up to an end. */
    Extent at(long offset, long end) throws IOException {
      long location = map.locate(offset);
      int kind = Location.kind(location);
      long run =
          switch (kind) {
            case Location.HOLE -> map.holeLength(offset);
            case Location.COMPRESSED -> map.compressedUnit() - (offset & map.compressedUnit() - 1);
            default -> map.unit() - (offset & map.unit() - 1);
          };
      boolean placed = dataName != null && Location.hasPosition(kind);
      return new Extent(
          offset,
          Math.min(run, end - offset),
          switch (kind) {
            case Location.HOLE, Location.RESERVED_HOLE -> Extent.Kind.HOLE;
            case Location.ZERO, Location.RESERVED_ZERO -> Extent.Kind.ZERO;
            default -> Extent.Kind.DATA;
          },
          kind != Location.DATA && kind != Location.COMPRESSED,
          kind == Location.COMPRESSED,
          0,
          placed ? Location.position(location) : -1,
          placed ? dataName : null);
    }
  }
}
