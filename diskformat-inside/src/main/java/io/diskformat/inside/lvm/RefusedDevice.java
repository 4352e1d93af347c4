package io.diskformat.inside.lvm;

import io.diskformat.Extent;
import io.diskformat.device.ReadingDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/** A disk, or a part of one, that cannot be read, and says why. */
final class RefusedDevice extends ReadingDevice {
  private final Supplier<? extends IOException> why;

  RefusedDevice(String name, long size, Supplier<? extends IOException> why) {
    super(name, size);
    this.why = why;
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    throw why.get();
  }

  @Override
  protected Extent extentAt(long offset, long end) throws IOException {
    throw why.get();
  }
}
