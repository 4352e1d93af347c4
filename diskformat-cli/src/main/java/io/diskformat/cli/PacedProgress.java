package io.diskformat.cli;

import io.diskformat.ProgressListener;
import java.util.concurrent.TimeUnit;

/**
 * Keeps work that reports its progress in bytes from being faster than a rate: it waits wherever
 * the work has come farther than it may have by then.
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
      // The work notices that.
      Thread.currentThread().interrupt();
    }
  }
}
