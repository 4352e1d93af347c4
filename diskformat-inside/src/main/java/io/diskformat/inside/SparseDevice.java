package io.diskformat.inside;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.Extent.Kind;
import io.diskformat.device.ReadingDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A disk of which some ranges are holes. Thread-safe. */
final class SparseDevice extends ReadingDevice {
  private final BlockDevice device;
  private final RangeList holes;

  /**
   * Creates a device.
   *
   * @param holes in order
   */
  SparseDevice(BlockDevice device, RangeList holes) {
    super(device.toString(), device.size());
    this.device = device;
    this.holes = holes;
  }

  /** Returns the end of the hole or of what is stored that is at an offset. */
  private long pieceEnd(int next, long offset, long end) {
    if (next == holes.count()) {
      return end;
    }
    return Math.min(end, isHole(next, offset) ? holes.end(next) : holes.start(next));
  }

  private boolean isHole(int next, long offset) {
    return next < holes.count() && holes.start(next) <= offset;
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    long end = offset + target.byteSize();
    int next = holes.endedAt(offset);
    for (long at = offset; at < end; ) {
      long until = pieceEnd(next, at, end);
      MemorySegment part = target.asSlice(at - offset, until - at);
      if (isHole(next, at)) {
        part.fill((byte) 0);
        next++;
      } else {
        device.read(at, part);
      }
      at = until;
    }
  }

  @Override
  protected Extent extentAt(long offset, long end) throws IOException {
    int next = holes.endedAt(offset);
    long until = pieceEnd(next, offset, end);
    if (isHole(next, offset)) {
      return new Extent(offset, until - offset, Kind.HOLE, true, false, 0, -1, null);
    }
    return extentOf(device, offset, until - offset, offset);
  }
}
