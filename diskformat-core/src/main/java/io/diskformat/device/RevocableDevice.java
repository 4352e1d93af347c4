package io.diskformat.device;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.MissingData;
import io.diskformat.Place;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.function.Consumer;

/**
 * A read-only view of a device that can be revoked while others read it: a snapshot that is
 * deleted, for example. Whoever revokes it does so before any of the device's bytes are put to
 * another use; and a read counts only if the view was not revoked when it ended. Thread-safe if the
 * device is.
 */
public final class RevocableDevice implements BlockDevice {
  private final BlockDevice device;
  private final String reason;
  private final Consumer<RevocableDevice> closing;
  private volatile boolean revoked;

  /**
   * Creates a view.
   *
   * @param device the device, which is closed with the view; only read
   * @param reason the end of the message after the device's name once the view was revoked
   * @param closing called when the view is closed
   */
  public RevocableDevice(BlockDevice device, String reason, Consumer<RevocableDevice> closing) {
    this.device = device;
    this.reason = reason;
    this.closing = closing;
  }

  /** Makes every use of this view fail from now on, also reads that are under way. */
  public void revoke() {
    revoked = true;
  }

  private void check() throws DiskFormatException {
    if (revoked) {
      throw new DiskFormatException(device + ": " + reason);
    }
  }

  /** As {@link #check}, after something was read. */
  private void checkAfterRead() throws DiskFormatException {
    VarHandle.acquireFence();
    check();
  }

  @Override
  public String toString() {
    return device.toString();
  }

  @Override
  public long size() {
    return device.size();
  }

  @Override
  public boolean isWritable() {
    return false;
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    check();
    try {
      device.read(offset, target);
    } catch (IOException | RuntimeException e) {
      checkAfterRead();
      throw e;
    }
    checkAfterRead();
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
  public void willRead(long offset, long length) throws IOException {
    check();
    device.willRead(offset, length);
  }

  @Override
  public List<MissingData> missingData() {
    return device.missingData();
  }

  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    check();
    ExtentCursor extents = device.extents(offset, length);
    return () -> {
      check();
      Extent extent;
      try {
        extent = extents.next();
      } catch (IOException | RuntimeException e) {
        checkAfterRead();
        throw e;
      }
      checkAfterRead();
      return extent;
    };
  }

  @Override
  public Place placeOf(long offset) throws IOException {
    check();
    Place place = device.placeOf(offset);
    checkAfterRead();
    return place;
  }

  @Override
  public void close() throws IOException {
    closing.accept(this);
    device.close();
  }
}
