package io.diskformat.inside;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.Extent.Kind;
import io.diskformat.device.ReadingDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A disk whose extents have their own offsets as host offsets. So the extents of a device that is
 * made of parts of it, such as a logical volume, say where on the disk each byte is.
 */
final class TracedDevice extends ReadingDevice {
  private final BlockDevice device;
  private final String mark;

  /**
   * Creates a device.
   *
   * @param mark the name of the host file in its extents
   */
  TracedDevice(BlockDevice device, String mark) {
    super(device.toString(), device.size());
    this.device = device;
    this.mark = mark;
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    device.read(offset, target);
  }

  @Override
  protected Extent extentAt(long offset, long end) {
    return new Extent(offset, end - offset, Kind.DATA, false, false, 0, offset, mark);
  }
}
