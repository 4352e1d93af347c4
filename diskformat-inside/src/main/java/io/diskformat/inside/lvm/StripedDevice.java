package io.diskformat.inside.lvm;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.device.ReadingDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A disk whose stripes are on several others in turn. It is only read. Thread-safe if the others
 * are.
 */
final class StripedDevice extends ReadingDevice {
  private final List<BlockDevice> legs;
  private final long stripe;

  /**
   * Creates a device.
   *
   * @param legs all of the same size
   * @param stripe in bytes
   */
  StripedDevice(String name, List<BlockDevice> legs, long stripe) {
    super(name, legs.getFirst().size() * legs.size());
    this.legs = List.copyOf(legs);
    this.stripe = stripe;
  }

  private BlockDevice leg(long offset) {
    return legs.get((int) (offset / stripe % legs.size()));
  }

  private long within(long offset) {
    return offset / stripe / legs.size() * stripe + offset % stripe;
  }

  private long length(long offset, long end) {
    return Math.min(end - offset, stripe - offset % stripe);
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    long end = offset + target.byteSize();
    for (long at = offset; at < end; ) {
      long length = length(at, end);
      leg(at).read(within(at), target.asSlice(at - offset, length));
      at += length;
    }
  }

  @Override
  protected Extent extentAt(long offset, long end) throws IOException {
    return extentOf(leg(offset), within(offset), length(offset, end), offset);
  }
}
