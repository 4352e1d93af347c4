package io.diskformat.maintenance;

import java.io.InterruptedIOException;

/** Ends a long operation between two steps if its thread is interrupted. */
public final class Interruption {
  private Interruption() {}

  /**
   * Throws if the calling thread is interrupted. Leaves its interrupt flag set.
   *
   * @throws InterruptedIOException if it is interrupted
   */
  public static void check() throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted while it was under way");
    }
  }
}
