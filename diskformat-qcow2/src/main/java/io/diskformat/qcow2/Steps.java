package io.diskformat.qcow2;

import io.diskformat.ProgressListener;

/** The progress of a check, in L2 tables; counted by many threads, and reported as bytes. */
final class Steps {
  private final ProgressListener listener;
  private final int clusterBits;
  private final long total;
  private long done;

  /**
   * Creates the progress of a check that has done nothing yet.
   *
   * @param total how many times tables are visited in all
   */
  Steps(ProgressListener listener, int clusterBits, long total) {
    this.listener = listener;
    this.clusterBits = clusterBits;
    this.total = total;
  }

  /** Adds tables that were visited. */
  synchronized void done(long tables) {
    if (done + tables < total) {
      done += tables;
      listener.progress(done << clusterBits, total << clusterBits);
    }
  }

  /** Reports the end. */
  synchronized void end() {
    listener.progress(total << clusterBits, total << clusterBits);
  }
}
