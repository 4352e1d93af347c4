package io.diskformat.device;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * A device that is read at a limited rate, so that a large copy leaves something to others. What is
 * known to be zero without being read takes no time. Not written; closing it closes the other one.
 * Thread-safe.
 */
public final class PacedDevice extends SourceView {
  private final long bytesPerSecond;

  /** When what was read so far will have taken its time, by {@link System#nanoTime}. */
  private long due = System.nanoTime();

  /**
   * Creates a device.
   *
   * @param device is read
   * @param bytesPerSecond the most bytes to be read in a second, by all threads together
   * @throws IllegalArgumentException if that is not positive
   */
  public PacedDevice(BlockDevice device, long bytesPerSecond) {
    super(device);
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException("no rate: " + bytesPerSecond);
    }
    this.bytesPerSecond = bytesPerSecond;
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    long wait = takeTurn(target.byteSize());
    if (wait > 0) {
      try {
        TimeUnit.NANOSECONDS.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for its turn");
      }
    }
    super.read(offset, target);
  }

  /** Returns how long to wait before some bytes are read, in nanoseconds. */
  private synchronized long takeTurn(long bytes) {
    long now = System.nanoTime();
    long wait = Math.max(0, due - now);
    due = now + wait + (long) (bytes * (1e9 / bytesPerSecond));
    return wait;
  }
}
