package io.diskformat.testing;

import io.diskformat.BlockDevice;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A disk as it will be once it has grown: bytes beyond its present end read as zeroes.
 *
 * @param disk the disk as it is
 * @param size the size that it will have
 */
public record GrownDevice(BlockDevice disk, long size) implements BlockDevice {
  @Override
  public boolean isWritable() {
    return false;
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    long there = Math.clamp(disk.size() - offset, 0, target.byteSize());
    target.asSlice(there).fill((byte) 0);
    if (there > 0) {
      disk.read(offset, target.asSlice(0, there));
    }
  }

  @Override
  public void write(long offset, MemorySegment source) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void writeZeroes(long offset, long length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void discard(long offset, long length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void flush() {}

  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    return disk.extents(offset, length);
  }

  @Override
  public void close() {}
}
