package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;

/** A device as the source of a conversion. */
record DeviceSource(BlockDevice device) implements Source {
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
  public Pass pass(Walk walk) throws IOException {
    WindowCursor cursor =
        new WindowCursor(device, device.size(), walk.unit(), walk.zeroLimit());
    Feed shared = new WindowQueue(device, cursor, walk.workers());
    return () -> shared;
  }
}
