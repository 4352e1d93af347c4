package io.diskformat.benchmarks;

import io.diskformat.BlockDevice;
import io.diskformat.ExtentCursor;
import java.lang.foreign.MemorySegment;

/** A disk that accepts all writes and keeps nothing, as QEMU's {@code null-co} does. */
final class DiscardingDevice implements BlockDevice {
  private final long size;

  DiscardingDevice(long size) {
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean isWritable() {
    return true;
  }

  @Override
  public void read(long offset, MemorySegment target) {
    target.fill((byte) 0);
  }

  @Override
  public void write(long offset, MemorySegment source) {}

  @Override
  public void writeZeroes(long offset, long length) {}

  @Override
  public void discard(long offset, long length) {}

  @Override
  public void flush() {}

  @Override
  public ExtentCursor extents(long offset, long length) {
    throw new UnsupportedOperationException("written only");
  }

  @Override
  public void close() {}
}
