package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A device that does as another one, but for what a test overrides. */
abstract class ForwardingDevice implements BlockDevice {
  private final BlockDevice device;

  ForwardingDevice(BlockDevice device) {
    this.device = device;
  }

  @Override
  public long size() {
    return device.size();
  }

  @Override
  public boolean isWritable() {
    return device.isWritable();
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    device.read(offset, target);
  }

  @Override
  public void write(long offset, MemorySegment source) throws IOException {
    device.write(offset, source);
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    device.writeZeroes(offset, length);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    device.discard(offset, length);
  }

  @Override
  public void flush() throws IOException {
    device.flush();
  }

  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    return device.extents(offset, length);
  }

  @Override
  public void close() throws IOException {
    device.close();
  }
}
