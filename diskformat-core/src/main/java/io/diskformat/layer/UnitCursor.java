package io.diskformat.layer;

import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A cursor over the extents that one layer's map records, some units at a time. */
final class UnitCursor implements ExtentCursor {
  /** The most units that are looked up at a time: nobody waits long for them. */
  private static final int MOST_UNITS = 1024;

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
    Extent extent = lookup.at(at, offset -> units.runAt(offset, end));
    at = extent.end();
    return extent;
  }

  /** What a map records, as extents. */
  record Units(GuestMap map, @Nullable String dataName) {

    /** Returns how a byte and those that follow it in its unit are stored, up to an end. */
    Extent at(long offset, long end) throws IOException {
      long location = map.locate(offset);
      return extent(offset, Math.min(length(offset, location), end - offset), location);
    }

    /** As {@link #at}, with those of the next units that are stored next to it, or not at all. */
    Extent runAt(long offset, long end) throws IOException {
      long location = map.locate(offset);
      long length = length(offset, location);
      boolean placed = Location.hasPosition(Location.kind(location));
      for (int units = 1; units < MOST_UNITS && length < end - offset; units++) {
        long next = map.locate(offset + length);
        if (next != (placed ? location + length : location)) {
          break;
        }
        length += length(offset + length, next);
      }
      return extent(offset, Math.min(length, end - offset), location);
    }

    /** Returns how many bytes from one on have its location, as a lookup says. */
    private long length(long offset, long location) throws IOException {
      return switch (Location.kind(location)) {
        case Location.HOLE -> map.holeLength(offset);
        case Location.COMPRESSED -> map.compressedUnit() - (offset & map.compressedUnit() - 1);
        default -> map.unit() - (offset & map.unit() - 1);
      };
    }

    private Extent extent(long offset, long length, long location) {
      int kind = Location.kind(location);
      boolean placed = dataName != null && Location.hasPosition(kind);
      return new Extent(
          offset,
          length,
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
