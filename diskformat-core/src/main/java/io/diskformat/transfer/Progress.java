package io.diskformat.transfer;

import io.diskformat.ProgressListener;

/** Adds up what several workers have done, and tells it. */
final class Progress {
  private final ProgressListener listener;
  private final long total;
  private long done;

  /** Nothing is done yet of {@code total} bytes. */
  Progress(ProgressListener listener, long total) {
    this.listener = listener;
    this.total = total;
  }

  /** So many more bytes are dealt with. */
  synchronized void add(long bytes) {
    done += bytes;
    listener.progress(done, total);
  }

  /** All is done, or what is not need not be. */
  synchronized void finish() {
    if (done < total || total == 0) {
      add(total - done);
    }
  }
}
