package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.DirtyCursor;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Some ranges of a device as the source of a conversion: its windows are only of these. */
final class DirtySource implements Source {
  private final BlockDevice device;
  private final DirtyCursor ranges;

  DirtySource(BlockDevice device, DirtyCursor ranges) {
    this.device = device;
    this.ranges = ranges;
  }

  @Override
  public String name() {
    return device.toString();
  }

  @Override
  public long size() {
    return device.size();
  }

  @Override
  public boolean is(BlockDevice other) {
    return other.equals(device);
  }

  @Override
  public boolean isInOnePass() {
    return false;
  }

  @Override
  public long held(long unit) {
    return 0;
  }

  /** {@inheritDoc} All workers share one feed. */
  @Override
  public Pass pass(Walk walk) {
    Feed shared = new Windows(walk.unit());
    return () -> shared;
  }

  /** The windows: of each range, pieces of a unit at most. */
  private final class Windows implements Feed {
    private final long unit;
    private long at;
    private long end;
    private boolean ended;

    Windows(long unit) {
      this.unit = unit;
    }

    @Override
    public @Nullable Window next() throws IOException {
      long start;
      long stop;
      synchronized (this) {
        while (at >= end) {
          DirtyCursor.Range range = ended ? null : ranges.next();
          if (range == null || range.offset() >= device.size()) {
            ended = true;
            return null;
          }
          at = range.offset();
          end = Math.min(range.end(), device.size());
        }
        start = at;
        stop = Math.min(end, (at / unit + 1) * unit);
        at = stop;
      }
      return window(start, stop);
    }

    private Window window(long start, long stop) throws IOException {
      device.willRead(start, stop - start);
      Window.Builder window = new Window.Builder(start);
      ExtentCursor extents = device.extents(start, stop - start);
      for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
        if (!extent.readsAsZeroes()) {
          window.add(extent.offset(), extent.end());
        }
      }
      return window.endingAt(stop);
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
      device.read(offset, target);
    }
  }
}
