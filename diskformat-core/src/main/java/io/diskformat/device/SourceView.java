package io.diskformat.device;

import io.diskformat.BlockDevice;
import io.diskformat.ExtentCursor;
import io.diskformat.MissingData;
import io.diskformat.Place;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A read-only view of another device, which is closed with it. */
abstract class SourceView implements BlockDevice {
  private final BlockDevice device;

  SourceView(BlockDevice device) {
    this.device = device;
  }

  @Override
  public final long size() {
    return device.size();
  }

  @Override
  public final boolean isWritable() {
    return false;
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    device.read(offset, target);
  }

  @Override
  public final void write(long offset, MemorySegment source) {
    throw readOnly();
  }

  @Override
  public final void writeZeroes(long offset, long length) {
    throw readOnly();
  }

  @Override
  public final void discard(long offset, long length) {
    throw readOnly();
  }

  private UnsupportedOperationException readOnly() {
    return new UnsupportedOperationException(device + ": only read");
  }

  @Override
  public final void flush() {}

  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    return device.extents(offset, length);
  }

  @Override
  public final Place placeOf(long offset) throws IOException {
    return device.placeOf(offset);
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    device.willRead(offset, length);
  }

  @Override
  public final List<MissingData> missingData() {
    return device.missingData();
  }

  @Override
  public final void close() throws IOException {
    device.close();
  }

  @Override
  public final String toString() {
    return device.toString();
  }
}
