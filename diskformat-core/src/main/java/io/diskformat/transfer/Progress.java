package io.diskformat.transfer;

import io.diskformat.ProgressListener;

/** Sums up the progress of several workers, and reports it to a listener. */
final class Progress {
  private final ProgressListener listener;
  private final long total;
  private long done;

  /**
   * Creates an object for a job of {@code total} bytes, or of an unknown number if that is negative:
   * then as many are reported as are done.
   */
  Progress(ProgressListener listener, long total) {
    this.listener = listener;
    this.total = total;
  }

  /** Adds bytes that are done. */
  synchronized void add(long bytes) {
    done = total < 0 ? done + bytes : Math.min(done + bytes, total);
    listener.progress(done, total < 0 ? done : total);
  }

  /** Reports the job as done, even if some bytes need not be. */
  synchronized void finish() {
    if (done < total || total == 0 || (total < 0 && done == 0)) {
      add(Math.max(0, total - done));
    }
  }
}
