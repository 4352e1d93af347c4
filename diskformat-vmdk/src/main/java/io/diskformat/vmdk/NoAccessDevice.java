package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A part of a disk that its descriptor allows nobody to read. Nothing is opened for it; whoever
 * reads it gets an error, since any bytes would be wrong.
 */
final class NoAccessDevice implements BlockDevice {
  private final String image;
  private final long size;

  /**
   * Creates a device.
   *
   * @param image the name that errors use
   * @param size in bytes
   */
  NoAccessDevice(String image, long size) {
    this.image = image;
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean isWritable() {
    return false;
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    Objects.checkFromIndexSize(offset, target.byteSize(), size);
    if (target.byteSize() > 0) {
      throw new DiskFormatException(
          image + ": its descriptor allows no access (NOACCESS) to a part of the disk");
    }
  }

  @Override
  public ExtentCursor extents(long offset, long length) {
    Objects.checkFromIndexSize(offset, length, size);
    return new ExtentCursor() {
      private boolean done = length == 0;

      @Override
      public @Nullable Extent next() {
        if (done) {
          return null;
        }
        done = true;
        return new Extent(offset, length, Extent.Kind.DATA, false, false, 0, -1, null);
      }
    };
  }

  @Override
  public void write(long offset, MemorySegment source) {
    throw notWritable();
  }

  @Override
  public void writeZeroes(long offset, long length) {
    throw notWritable();
  }

  @Override
  public void discard(long offset, long length) {
    throw notWritable();
  }

  private UnsupportedOperationException notWritable() {
    return new UnsupportedOperationException(image + ": not writable");
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}

  @Override
  public String toString() {
    return image;
  }
}
