package io.diskformat.device;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A damaged device, of which everything readable is read, and the rest reads as zeroes. Read-only;
 * closing it closes the other device. Thread-safe.
 */
public final class SalvagedDevice extends SourceView {
  /** The smallest piece to read, in bytes. */
  private static final int SECTOR = 512;

  /** The piece to try where it is not known how the data is stored, in bytes. */
  private static final long STEP = 64 << 10;

  /** Receives what could not be read. */
  @FunctionalInterface
  public interface Losses {
    /**
     * Reports bytes that could not be read. Called by the threads that read.
     *
     * @param offset of the bytes on the disk
     * @param length how many they are
     * @param failure why not
     */
    void lost(long offset, long length, IOException failure);
  }

  private final BlockDevice device;
  private final Losses losses;

  /**
   * Creates a device.
   *
   * @param device is read
   * @param losses gets what could not be read
   */
  public SalvagedDevice(BlockDevice device, Losses losses) {
    super(device);
    this.device = device;
    this.losses = losses;
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    Objects.checkFromIndexSize(offset, target.byteSize(), size());
    try {
      device.read(offset, target);
    } catch (IOException e) {
      requireLoss(e);
      long length = target.byteSize();
      if (length <= SECTOR) {
        target.fill((byte) 0);
        losses.lost(offset, length, e);
        return;
      }
      // Split so that the first half ends with a sector of the disk.
      long middle = (offset + length / 2 + SECTOR - 1) / SECTOR * SECTOR - offset;
      long split = middle < length ? middle : length / 2;
      read(offset, target.asSlice(0, split));
      read(offset + split, target.asSlice(split));
    }
  }

  private static void requireLoss(IOException e) throws IOException {
    if (e instanceof ImageClosedException || e instanceof InterruptedIOException) {
      throw e;
    }
  }

  @Override
  public void willRead(long offset, long length) {
    try {
      device.willRead(offset, length);
    } catch (IOException e) {
      // This is only a hint: the read itself fails where it must.
    }
  }

  /** {@inheritDoc} A range of which nobody can tell how it is stored counts as data. */
  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size());
    return new ExtentMerger(new Salvaging(offset, offset + length));
  }

  private final class Salvaging implements ExtentCursor {
    private final long end;
    private long at;
    private @Nullable ExtentCursor extents;

    Salvaging(long start, long end) {
      this.at = start;
      this.end = end;
    }

    @Override
    public @Nullable Extent next() throws IOException {
      if (at >= end) {
        return null;
      }
      Extent extent = known();
      at = extent.end();
      return extent;
    }

    private Extent known() throws IOException {
      try {
        ExtentCursor cursor = extents;
        if (cursor == null) {
          cursor = device.extents(at, end - at);
          extents = cursor;
        }
        Extent extent = Objects.requireNonNull(cursor.next());
        return extent.from(at);
      } catch (IOException e) {
        requireLoss(e);
        extents = null;
        long stop = Math.min(end, (at / STEP + 1) * STEP);
        return new Extent(at, stop - at, Extent.Kind.DATA, false, false, 0, -1, null);
      }
    }
  }
}
