package io.diskformat.qcow2;

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

/**
 * A snapshot as a read-only device, until the snapshot is deleted. Before any cluster of a deleted
 * snapshot is put to another use, the device is marked; and whatever was read counts only if the
 * device was not marked afterwards.
 */
final class SnapshotDevice implements BlockDevice {
  private final BlockDevice disk;
  private final Closing closing;
  private volatile boolean deleted;

  /** Forgets a device. */
  @FunctionalInterface
  interface Closing {
    void closed(SnapshotDevice device);
  }

  /**
   * Creates a device.
   *
   * @param disk reads the snapshot
   * @param closing called when this is closed
   */
  SnapshotDevice(BlockDevice disk, Closing closing) {
    this.disk = disk;
    this.closing = closing;
  }

  /** Makes every use of this device fail from now on, and what is being read now. */
  void deleted() {
    deleted = true;
  }

  private void checkExists() throws DiskFormatException {
    if (deleted) {
      throw new DiskFormatException(disk + ": this snapshot was deleted");
    }
  }

  /** As {@link #checkExists}, after something was read. */
  private void checkStillExists() throws DiskFormatException {
    VarHandle.acquireFence();
    checkExists();
  }

  @Override
  public String toString() {
    return disk.toString();
  }

  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public boolean isWritable() {
    return false;
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    checkExists();
    try {
      disk.read(offset, target);
    } catch (IOException | RuntimeException e) {
      checkStillExists();
      throw e;
    }
    checkStillExists();
  }

  @Override
  public void write(long offset, MemorySegment source) throws IOException {
    disk.write(offset, source);
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    disk.writeZeroes(offset, length);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    disk.discard(offset, length);
  }

  @Override
  public void flush() throws IOException {
    disk.flush();
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    checkExists();
    disk.willRead(offset, length);
  }

  @Override
  public List<MissingData> missingData() {
    return disk.missingData();
  }

  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    checkExists();
    ExtentCursor extents = disk.extents(offset, length);
    return () -> {
      checkExists();
      Extent extent;
      try {
        extent = extents.next();
      } catch (IOException | RuntimeException e) {
        checkStillExists();
        throw e;
      }
      checkStillExists();
      return extent;
    };
  }

  @Override
  public Place placeOf(long offset) throws IOException {
    checkExists();
    Place place = disk.placeOf(offset);
    checkStillExists();
    return place;
  }

  @Override
  public void close() throws IOException {
    closing.closed(this);
    disk.close();
  }
}
