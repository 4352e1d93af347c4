package io.diskformat.maintenance;

import io.diskformat.ProgressListener;
import java.io.InterruptedIOException;

/**
 * The progress of an operation for whose work only an upper bound is known: it never goes beyond
 * the bound, and jumps there at the end. Each step is a point at which the operation can be
 * interrupted. Not thread-safe.
 */
public final class CappedProgress {
  private final ProgressListener listener;
  private final long most;
  private long done;

  /**
   * Creates the progress of an operation that has done nothing yet.
   *
   * @param listener gets the progress
   * @param most the most that there may be to do, in bytes
   */
  public CappedProgress(ProgressListener listener, long most) {
    this.listener = listener;
    this.most = most;
  }

  /**
   * Adds what was done.
   *
   * @param bytes how much
   * @throws InterruptedIOException if the calling thread is interrupted
   */
  public void add(long bytes) throws InterruptedIOException {
    upTo(done + bytes);
  }

  /**
   * Reports how much is done, unless it is no more than before.
   *
   * @param bytes all that is done
   * @throws InterruptedIOException if the calling thread is interrupted
   */
  public void upTo(long bytes) throws InterruptedIOException {
    Interruption.check();
    long now = Math.min(bytes, most - 1);
    if (now > done) {
      done = now;
      listener.progress(done, most);
    }
  }

  /** Reports the end. */
  public void end() {
    listener.progress(most, most);
  }
}
