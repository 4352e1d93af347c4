package io.diskformat.cli;

import io.diskformat.ProgressListener;
import java.util.concurrent.TimeUnit;

/**
 * Limits the rate of work that reports its progress in bytes: each report waits until the rate
 * allows that much to be done.
 */
final class PacedProgress implements ProgressListener {
  private final ProgressListener listener;
  private final long bytesPerSecond;
  private final long begun = System.nanoTime();

  /**
   * Creates a listener.
   *
   * @param listener gets what this one gets
   * @throws IllegalArgumentException if the rate is not positive
   */
  PacedProgress(ProgressListener listener, long bytesPerSecond) {
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException("no rate: " + bytesPerSecond);
    }
    this.listener = listener;
    this.bytesPerSecond = bytesPerSecond;
  }

  @Override
  public void progress(long done, long total) {
    listener.progress(done, total);
    long due = begun + (long) (done * (1e9 / bytesPerSecond));
    try {
      TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
    } catch (InterruptedException e) {
      // The work itself notices the interrupt.
      Thread.currentThread().interrupt();
    }
  }
}
