package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Divides a device into windows by its extents, in ascending order and without gaps.
 *
 * <p>Windows begin and end at multiples of a unit, except for the end of the last one. A window
 * with data in it is one unit long; one of zeroes alone may be longer. Beyond its end a device
 * reads as zeroes. Not thread-safe.
 */
final class WindowCursor {
  /**
   * The usual unit, in bytes. A compressed cluster of at most 2 MiB lies within one window, and so
   * is decompressed by one worker only.
   */
  static final int UNIT = 2 << 20;

  /**
   * The usual largest length of a window of zeroes, in bytes: long enough to skip zeroes quickly,
   * and short enough to stop promptly.
   */
  static final long ZEROES = 64 << 20;

  private final ExtentCursor extents;
  private final long deviceSize;
  private final long end;
  private final long unit;
  private final long zeroLimit;
  private long at;
  private boolean hasFailed;

  /** The extent that holds {@code at}, or an earlier one, or null before the first. */
  private @Nullable Extent extent;

  /**
   * Creates a cursor over a device from its start.
   *
   * @param end the offset at which to stop, in bytes; may be beyond the end of the device
   * @param unit the length of a window with data in it, in bytes
   * @param zeroLimit the largest length of a window of zeroes, in bytes; at least one unit is
   *     allowed
   * @throws IOException if the device is closed
   */
  WindowCursor(BlockDevice device, long end, long unit, long zeroLimit) throws IOException {
    this.deviceSize = Math.min(device.size(), end);
    this.extents = device.extents(0, deviceSize);
    this.end = end;
    this.unit = unit;
    this.zeroLimit = Math.max(unit, zeroLimit / unit * unit);
  }

  /** Returns the next window, or null at the end, or if it failed before. */
  @Nullable Window next() throws IOException {
    if (at >= end || hasFailed) {
      return null;
    }
    boolean isDone = false;
    try {
      Window window = window();
      isDone = true;
      return window;
    } finally {
      // Another worker must not take what follows a failure for a fault of this class.
      hasFailed = !isDone;
    }
  }

  private Window window() throws IOException {
    long start = at;
    Extent first = extent();
    if (first.readsAsZeroes()) {
      long zeroes = first.end() == end ? end - start : first.end() / unit * unit - start;
      if (zeroes > 0) {
        at = start + Math.min(zeroes, zeroLimit);
        return Window.ofZeroes(start, at - start);
      }
    }
    Window.Builder window = new Window.Builder(start);
    long windowEnd = Math.min(start + unit, end);
    while (at < windowEnd) {
      Extent current = extent();
      long until = Math.min(current.end(), windowEnd);
      if (!current.readsAsZeroes()) {
        window.add(at, until);
      }
      at = until;
    }
    return window.endingAt(windowEnd);
  }

  /** Returns the extent that holds {@code at}. */
  private Extent extent() throws IOException {
    Extent current = extent;
    while (current == null || current.end() <= at) {
      current = at < deviceSize ? extents.next() : beyondDevice();
      if (current == null) {
        throw new IllegalStateException("no extent at offset " + at + " of " + deviceSize);
      }
    }
    extent = current;
    return current;
  }

  private Extent beyondDevice() {
    return new Extent(at, end - at, Extent.Kind.HOLE, true, false, 0, -1, null);
  }
}
