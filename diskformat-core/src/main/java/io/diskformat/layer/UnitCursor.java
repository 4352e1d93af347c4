package io.diskformat.layer;

import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.storage.Faults;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A cursor over the extents that one layer's map records, one unit at a time. */
final class UnitCursor implements ExtentCursor {
  private final LayerReader reader;
  private final GuestMap map;
  private final @Nullable String dataName;
  private final LongSupplier epoch;
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
    this.map = map;
    this.dataName = dataName;
    this.epoch = epoch;
    this.at = start;
    this.end = end;
  }

  @Override
  public @Nullable Extent next() throws IOException {
    if (at >= end) {
      return null;
    }
    reader.checkOpen();
    Extent extent = lookUp();
    at = extent.end();
    return extent;
  }

  /** Looks up an extent, again if the bytes that were read may not have been a table. */
  private Extent lookUp() throws IOException {
    while (true) {
      long before = epoch.getAsLong();
      try {
        Extent extent = lookUpOnce();
        VarHandle.acquireFence();
        if (epoch.getAsLong() == before) {
          return extent;
        }
      } catch (IOException e) {
        if (epoch.getAsLong() == before) {
          throw e;
        }
      }
    }
  }

  private Extent lookUpOnce() throws IOException {
    try {
      try {
        return locate(at);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw reader.failure(e, "looking up the disk at " + at);
    }
  }

  private Extent locate(long offset) throws IOException {
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
