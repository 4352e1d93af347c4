package io.diskformat.channel;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A range of a device as an {@link InputStream}. Not thread-safe. It buffers nothing: wrap it to
 * read single bytes. Closing it leaves the device open.
 */
public final class DeviceInputStream extends InputStream {
  /** The size of the buffer of {@link #transferTo}, in bytes. */
  private static final int TRANSFER = 1 << 20;

  private final BlockDevice device;
  private final long end;
  private long position;
  private long marked;

  private DeviceInputStream(BlockDevice device, long start, long end) {
    this.device = device;
    this.position = start;
    this.marked = start;
    this.end = end;
  }

  /** Returns a stream over the whole of {@code device}. */
  public static DeviceInputStream of(BlockDevice device) {
    return of(device, 0, device.size());
  }

  /**
   * Returns a stream over a range of {@code device}.
   *
   * @param offset where the range begins, in bytes from the start of the disk
   * @param length the length of the range, in bytes
   * @throws IndexOutOfBoundsException if the range is not within the disk
   */
  public static DeviceInputStream of(BlockDevice device, long offset, long length) {
    Objects.checkFromIndexSize(offset, length, device.size());
    return new DeviceInputStream(device, offset, offset + length);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    if (position >= end) {
      return -1;
    }
    int n = (int) Math.min(length, end - position);
    device.read(position, MemorySegment.ofArray(target).asSlice(offset, n));
    position += n;
    return n;
  }

  @Override
  public long skip(long n) {
    long skipped = Math.clamp(n, 0, end - position);
    position += skipped;
    return skipped;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, end - position);
  }

  @Override
  public boolean markSupported() {
    return true;
  }

  @Override
  public void mark(int readLimit) {
    marked = position;
  }

  @Override
  public void reset() {
    position = marked;
  }

  @Override
  public long transferTo(OutputStream out) throws IOException {
    byte[] buffer = new byte[(int) Math.min(TRANSFER, end - position)];
    long before = position;
    for (int n; (n = read(buffer, 0, buffer.length)) > 0; ) {
      out.write(buffer, 0, n);
    }
    return position - before;
  }
}
