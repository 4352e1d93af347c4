package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A disk that is put together of ranges of other disks, one after the other, and can only be read:
 * several disks as one, or a part of one. Closing it leaves the others open.
 */
public final class JoinedDevice implements BlockDevice {

  /**
   * A range of a disk.
   *
   * @param device what it is a part of
   * @param offset where it begins there, in bytes
   * @param length how long it is, in bytes
   */
  public record Part(BlockDevice device, long offset, long length) {

    /**
     * Checks the range.
     *
     * @throws IndexOutOfBoundsException if it is not within the device
     */
    public Part {
      Objects.checkFromIndexSize(offset, length, device.size());
    }

    /** Returns a whole disk. */
    public static Part of(BlockDevice device) {
      return new Part(device, 0, device.size());
    }
  }

  private final List<Part> parts;
  private final long[] starts;
  private volatile boolean closed;

  private JoinedDevice(List<Part> parts) {
    this.parts = parts;
    this.starts = new long[parts.size() + 1];
    for (int i = 0; i < parts.size(); i++) {
      starts[i + 1] = Math.addExact(starts[i], parts.get(i).length());
    }
  }

  /**
   * Returns a disk of several parts.
   *
   * @throws ArithmeticException if no disk can be as large as they are together
   */
  public static JoinedDevice of(List<Part> parts) {
    return new JoinedDevice(List.copyOf(parts));
  }

  @Override
  public long size() {
    return starts[parts.size()];
  }

  @Override
  public boolean isWritable() {
    return false;
  }

  /** What is done to a range of a part. */
  @FunctionalInterface
  private interface PartAction {
    void on(BlockDevice device, long deviceOffset, long from, long length) throws IOException;
  }

  private void eachPart(long offset, long length, PartAction action) throws IOException {
    Objects.checkFromIndexSize(offset, length, size());
    if (closed) {
      throw new ImageClosedException(toString());
    }
    long end = offset + length;
    for (int i = 0; i < parts.size(); i++) {
      long from = Math.max(offset, starts[i]);
      long until = Math.min(end, starts[i + 1]);
      if (from < until) {
        Part part = parts.get(i);
        action.on(part.device(), part.offset() + from - starts[i], from, until - from);
      }
    }
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    eachPart(
        offset,
        target.byteSize(),
        (device, at, from, length) -> device.read(at, target.asSlice(from - offset, length)));
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    eachPart(offset, length, (device, at, from, n) -> device.willRead(at, n));
  }

  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    // Checks the range.
    eachPart(offset, length, (device, at, from, n) -> {});
    return new PartCursor(offset, offset + length);
  }

  /** Yields the extents of one part after the other, moved to where the part is. */
  private final class PartCursor implements ExtentCursor {
    private final long start;
    private final long end;
    private int part = -1;
    private @Nullable ExtentCursor cursor;

    PartCursor(long start, long end) {
      this.start = start;
      this.end = end;
    }

    @Override
    public @Nullable Extent next() throws IOException {
      while (true) {
        Extent extent = cursor == null ? null : cursor.next();
        if (extent != null) {
          long offset = extent.offset() - parts.get(part).offset() + starts[part];
          return new Extent(
              offset,
              extent.length(),
              extent.kind(),
              extent.readsAsZeroes(),
              extent.compressed(),
              extent.depth(),
              extent.hostOffset(),
              extent.hostFile());
        }
        part++;
        if (part >= parts.size()) {
          return null;
        }
        cursor = cursorOf(part);
      }
    }

    private @Nullable ExtentCursor cursorOf(int index) throws IOException {
      long from = Math.max(start, starts[index]);
      long until = Math.min(end, starts[index + 1]);
      if (from >= until) {
        return null;
      }
      Part of = parts.get(index);
      return of.device().extents(of.offset() + from - starts[index], until - from);
    }
  }

  @Override
  public void write(long offset, MemorySegment source) {
    throw readOnly();
  }

  @Override
  public void writeZeroes(long offset, long length) {
    throw readOnly();
  }

  @Override
  public void discard(long offset, long length) {
    throw readOnly();
  }

  private UnsupportedOperationException readOnly() {
    return new UnsupportedOperationException(this + ": can only be read");
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    closed = true;
  }

  /** Returns the names of the disks that parts are of. */
  @Override
  public String toString() {
    return String.join(" + ", parts.stream().map(part -> part.device().toString()).toList());
  }
}
