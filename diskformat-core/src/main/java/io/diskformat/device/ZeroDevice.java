package io.diskformat.device;

import io.diskformat.Extent;
import io.diskformat.Extent.Kind;
import java.lang.foreign.MemorySegment;

/**
 * A read-only disk of zeroes that is stored nowhere: a part of a {@link JoinedDevice} that an image
 * declares to be empty. Thread-safe; takes no memory.
 */
public final class ZeroDevice extends ReadingDevice {
  /**
   * Creates a device.
   *
   * @param name the name of the device in error messages
   * @param size the size of the disk, in bytes
   * @throws IllegalArgumentException if {@code size} is negative
   */
  public ZeroDevice(String name, long size) {
    super(name, size);
  }

  @Override
  protected void readRange(long offset, MemorySegment target) {
    target.fill((byte) 0);
  }

  @Override
  protected Extent extentAt(long offset, long end) {
    return new Extent(offset, end - offset, Kind.ZERO, true, false, 0, -1, null);
  }
}
