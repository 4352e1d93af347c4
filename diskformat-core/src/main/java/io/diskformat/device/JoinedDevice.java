package io.diskformat.device;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import io.diskformat.MissingData;
import io.diskformat.Place;
import io.diskformat.storage.ForAll;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A disk made of ranges of other disks, one after the other: several disks as one, or a part of
 * one. Every operation on it is carried out on its parts. Thread-safe as its parts are, and takes
 * no lock of its own; finding a part takes time logarithmic in their number.
 *
 * <p>It is writable where its parts are. A write that touches a read-only part is refused before
 * anything is written, and the error message names that part. A write over several parts that fails
 * in one of them has been carried out on those before it.
 *
 * <p>Its size is the sum of its parts' lengths, which are fixed when it is made. If a disk has
 * shrunk since, operations beyond its end fail.
 */
public final class JoinedDevice implements PlainBytes, PlainTarget {
  /** The largest number of disks that {@link #toString} names. */
  private static final int MOST_NAMES = 4;

  /**
   * A range of a disk.
   *
   * @param device the disk
   * @param offset where the range begins on that disk, in bytes
   * @param length the length of the range, in bytes
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

    /** Returns a part that is a whole disk. */
    public static Part of(BlockDevice device) {
      return new Part(device, 0, device.size());
    }
  }

  /** The parts that are not empty. */
  private final List<Part> parts;

  /** The offset of each part, and the end of the last one. */
  private final long[] starts;

  /** The disks of all parts, empty ones too, each disk once. */
  private final List<BlockDevice> devices;

  private final boolean owning;
  private final boolean writable;

  /** Set before the last flush. */
  private volatile boolean closed;

  private JoinedDevice(List<Part> parts, boolean owning, boolean writing) {
    this.parts = parts.stream().filter(part -> part.length() > 0).toList();
    this.starts = new long[this.parts.size() + 1];
    for (int i = 0; i < this.parts.size(); i++) {
      starts[i + 1] = Math.addExact(starts[i], this.parts.get(i).length());
    }
    this.devices = parts.stream().map(Part::device).distinct().toList();
    this.owning = owning;
    this.writable = writing && devices.stream().anyMatch(BlockDevice::isWritable);
  }

  /**
   * Returns a disk made of several parts. Closing it flushes the parts' disks, and leaves them
   * open.
   *
   * @param parts the parts, in the order of their offsets
   * @throws ArithmeticException if the sum of their lengths overflows
   */
  public static JoinedDevice of(List<Part> parts) {
    return new JoinedDevice(parts, false, true);
  }

  /**
   * Returns a disk made of several parts, which owns the parts' disks: closing it closes all of
   * them, even if that fails for some.
   *
   * @param parts the parts, in the order of their offsets
   * @throws ArithmeticException if the sum of their lengths overflows
   */
  public static JoinedDevice owning(List<Part> parts) {
    return new JoinedDevice(parts, true, true);
  }

  /**
   * Returns a disk made of several parts that is only read, whatever its parts are. Closing it
   * leaves the parts' disks open.
   *
   * @param parts the parts, in the order of their offsets
   * @throws ArithmeticException if the sum of their lengths overflows
   */
  public static JoinedDevice reading(List<Part> parts) {
    return new JoinedDevice(parts, false, false);
  }

  /**
   * Returns a part of a disk, such as a partition, as a disk. Closing it leaves the other disk
   * open.
   *
   * @param device the other disk
   * @param offset where the part begins, in bytes
   * @param length the length of the part, in bytes
   * @throws IndexOutOfBoundsException if it is not within the disk
   */
  public static JoinedDevice slice(BlockDevice device, long offset, long length) {
    return of(List.of(new Part(device, offset, length)));
  }

  @Override
  public long size() {
    return starts[parts.size()];
  }

  /** Returns whether any part is writable; others may refuse writes. */
  @Override
  public boolean isWritable() {
    return writable;
  }

  // Parts

  /** An operation on a range of a part. */
  @FunctionalInterface
  private interface PartAction {
    void on(BlockDevice device, long deviceOffset, long from, long length) throws IOException;
  }

  private void checkRange(long offset, long length) throws ImageClosedException {
    Objects.checkFromIndexSize(offset, length, size());
    checkOpen();
  }

  private void checkOpen() throws ImageClosedException {
    if (closed) {
      throw new ImageClosedException(toString());
    }
  }

  /** Returns the index of the part that holds a byte. */
  private int partAt(long offset) {
    int found = Arrays.binarySearch(starts, offset);
    return found >= 0 ? found : -found - 2;
  }

  private void eachPart(long offset, long length, PartAction action) throws IOException {
    long end = offset + length;
    int index = partAt(offset);
    for (long at = offset; at < end; index++) {
      Part part = parts.get(index);
      long until = Math.min(end, starts[index + 1]);
      action.on(part.device(), part.offset() + at - starts[index], at, until - at);
      at = until;
    }
  }

  // Reading

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    long length = target.byteSize();
    checkRange(offset, length);
    if (length == 0) {
      return;
    }
    int index = partAt(offset);
    if (length <= starts[index + 1] - offset) {
      // Nearly always the case; it allocates no object.
      Part part = parts.get(index);
      part.device().read(part.offset() + offset - starts[index], target);
    } else {
      eachPart(
          offset,
          length,
          (device, at, from, n) -> device.read(at, target.asSlice(from - offset, n)));
    }
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    checkRange(offset, length);
    eachPart(offset, length, (device, at, _, n) -> device.willRead(at, n));
  }

  /** {@inheritDoc} A disk with several parts counts once. */
  @Override
  public List<MissingData> missingData() {
    return devices.stream().flatMap(device -> device.missingData().stream()).toList();
  }

  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    checkRange(offset, length);
    return new ExtentMerger(new PartCursor(offset, offset + length));
  }

  @Override
  public Place placeOf(long offset) throws IOException {
    checkRange(offset, 1);
    int index = partAt(offset);
    Part part = parts.get(index);
    Place place = part.device().placeOf(part.offset() + offset - starts[index]).seenAt(offset, 0);
    return place.withLength(Math.min(place.length(), starts[index + 1] - offset));
  }

  @Override
  public @Nullable Range plainAt(long offset) throws IOException {
    checkRange(offset, 1);
    int index = partAt(offset);
    Part part = parts.get(index);
    Range range =
        part.device() instanceof PlainBytes plain
            ? plain.plainAt(part.offset() + offset - starts[index])
            : null;
    return range == null
        ? null
        : new Range(
            range.storage(),
            range.position(),
            Math.min(range.length(), starts[index + 1] - offset));
  }

  /** A cursor over the extents of one part after the other, moved to the part's offset. */
  private final class PartCursor implements ExtentCursor {
    private final long end;
    private long at;
    private long moved;
    private @Nullable ExtentCursor cursor;

    PartCursor(long start, long end) {
      this.at = start;
      this.end = end;
    }

    @Override
    public @Nullable Extent next() throws IOException {
      checkOpen();
      while (true) {
        Extent extent = cursor == null ? null : cursor.next();
        if (extent != null) {
          return extent.seenAt(extent.offset() + moved);
        }
        if (at >= end) {
          return null;
        }
        int index = partAt(at);
        Part part = parts.get(index);
        long until = Math.min(end, starts[index + 1]);
        moved = starts[index] - part.offset();
        cursor = part.device().extents(at - moved, until - at);
        at = until;
      }
    }
  }

  // Writing

  @Override
  public void write(long offset, MemorySegment source) throws IOException {
    change(
        offset,
        source.byteSize(),
        (device, at, from, n) -> device.write(at, source.asSlice(from - offset, n)));
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    change(offset, length, (device, at, _, n) -> device.writeZeroes(at, n));
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    change(offset, length, (device, at, _, n) -> device.discard(at, n));
  }

  /** {@inheritDoc} What goes to several parts is copied up to the end of the first one. */
  @Override
  public long copyFrom(Range source, long offset, long length) throws IOException {
    checkRange(offset, length);
    requireWritable(offset, length);
    if (length == 0) {
      return 0;
    }
    int index = partAt(offset);
    Part part = parts.get(index);
    if (!(part.device() instanceof PlainTarget target)) {
      return 0;
    }
    long here = Math.min(length, starts[index + 1] - offset);
    long copied = target.copyFrom(source, part.offset() + offset - starts[index], here);
    // As in change.
    checkOpen();
    return copied;
  }

  private void change(long offset, long length, PartAction change) throws IOException {
    checkRange(offset, length);
    requireWritable(offset, length);
    eachPart(offset, length, change);
    // If this is not being closed by now, the last flush is still to come.
    checkOpen();
  }

  private void requireWritable(long offset, long length) throws IOException {
    if (!writable) {
      throw new UnsupportedOperationException(this + ": not writable");
    }
    eachPart(
        offset,
        length,
        (device, at, _, n) -> {
          if (device instanceof JoinedDevice joined) {
            // It may be writable in other ranges only.
            joined.requireWritable(at, n);
          } else if (!device.isWritable()) {
            throw new UnsupportedOperationException(device + ": not writable");
          }
        });
  }

  /** {@inheritDoc} All writable disks are flushed, even if that fails for some. */
  @Override
  public void flush() throws IOException {
    checkOpen();
    if (writable) {
      flushAll();
    }
  }

  // All disks

  private void flushAll() throws IOException {
    ForAll.run(
        devices,
        device -> {
          if (device.isWritable()) {
            device.flush();
          }
        });
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    if (owning) {
      ForAll.run(devices, BlockDevice::close);
    } else if (writable) {
      flushAll();
    }
  }

  /** Returns the names of the parts' disks; of many, the first ones. */
  @Override
  public String toString() {
    List<String> names = devices.stream().limit(MOST_NAMES).map(BlockDevice::toString).toList();
    int more = devices.size() - names.size();
    return String.join(" + ", names) + (more > 0 ? " + " + more + " more" : "");
  }
}
