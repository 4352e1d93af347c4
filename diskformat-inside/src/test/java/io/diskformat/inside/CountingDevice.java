package io.diskformat.inside;

import io.diskformat.BlockDevice;
import io.diskformat.device.ReadingDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/** A disk that counts the bytes that are read of it. */
public final class CountingDevice extends ReadingDevice {
  private final BlockDevice device;
  private final AtomicLong read = new AtomicLong();

  /** Creates a device that reads another. */
  public CountingDevice(BlockDevice device) {
    super(device.toString(), device.size());
    this.device = device;
  }

  /** Returns how many bytes were read. */
  public long read() {
    return read.get();
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    read.addAndGet(target.byteSize());
    device.read(offset, target);
  }
}
