package io.diskformat.device;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.Extent.Kind;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A read-only disk that computes its bytes from those of another. A subclass reads ranges within
 * the disk; this class does the rest. Closing it leaves the other open. Thread-safe if its subclass
 * is.
 */
public abstract class ReadingDevice implements BlockDevice {
  private final String name;
  private final long size;
  private volatile boolean closed;

  /**
   * Creates a device.
   *
   * @param name the name of the device in error messages
   * @param size the size of the disk, in bytes
   * @throws IllegalArgumentException if {@code size} is negative
   */
  protected ReadingDevice(String name, long size) {
    if (size < 0) {
      throw new IllegalArgumentException("no size of a disk: " + size);
    }
    this.name = name;
    this.size = size;
  }

  /**
   * Fills {@code target}.
   *
   * @param offset so that all of the range is within the disk
   * @param target not empty
   * @throws IOException if the bytes cannot be read
   */
  protected abstract void readRange(long offset, MemorySegment target) throws IOException;

  /**
   * Returns the kind of extent that begins at an offset, and where it ends: by default, all of the
   * disk is data that is stored nowhere as it is.
   *
   * @param offset within the disk
   * @param end where it ends at most
   * @throws IOException if that cannot be found out
   */
  protected Extent extentAt(long offset, long end) throws IOException {
    return new Extent(offset, end - offset, Kind.DATA, false, false, 0, -1, null);
  }

  /**
   * Returns the extent that begins at a position of another device, as one of this device.
   *
   * @param device the other device
   * @param position where the extent begins there, in bytes
   * @param length the largest length of the extent, in bytes; positive
   * @param offset where it begins on this device
   * @throws IOException if the other device cannot tell
   */
  protected static Extent extentOf(BlockDevice device, long position, long length, long offset)
      throws IOException {
    Extent stored = device.extents(position, length).next();
    if (stored == null) {
      throw new AssertionError("no extent of " + length + " bytes at " + position);
    }
    return stored.seenAt(offset);
  }

  @Override
  public final long size() {
    return size;
  }

  @Override
  public final boolean isWritable() {
    return false;
  }

  @Override
  public final void read(long offset, MemorySegment target) throws IOException {
    check(offset, target.byteSize());
    if (target.byteSize() > 0) {
      readRange(offset, target);
    }
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    check(offset, length);
  }

  @Override
  public final ExtentCursor extents(long offset, long length) throws IOException {
    check(offset, length);
    return new ExtentMerger(
        new ExtentCursor() {
          private long at = offset;

          @Override
          public @Nullable Extent next() throws IOException {
            if (at >= offset + length) {
              return null;
            }
            checkOpen();
            Extent extent = extentAt(at, offset + length);
            at += extent.length();
            return extent;
          }
        });
  }

  private void check(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
  }

  private void checkOpen() throws ImageClosedException {
    if (closed) {
      throw new ImageClosedException(name);
    }
  }

  @Override
  public final void write(long offset, MemorySegment source) throws IOException {
    throw notWritable();
  }

  @Override
  public final void writeZeroes(long offset, long length) throws IOException {
    throw notWritable();
  }

  @Override
  public final void discard(long offset, long length) throws IOException {
    throw notWritable();
  }

  private UnsupportedOperationException notWritable() throws ImageClosedException {
    checkOpen();
    return new UnsupportedOperationException(name + ": not writable");
  }

  @Override
  public final void flush() throws IOException {
    checkOpen();
  }

  @Override
  public void close() throws IOException {
    closed = true;
  }

  /** Returns the name used in error messages. */
  @Override
  public final String toString() {
    return name;
  }
}
