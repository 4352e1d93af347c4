package io.diskformat.transfer;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** Orders an action of several workers by the offsets of their windows. */
final class Turns {
  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** The offset of the window whose turn it is. */
  private long at;

  private boolean ended;

  /**
   * Waits for the turn of a window; returns false if it never comes because a worker failed.
   *
   * @throws java.io.InterruptedIOException if the job is to end
   * @throws io.diskformat.LimitExceededException if its deadline has passed
   */
  boolean await(long offset) throws IOException {
    lock.lock();
    try {
      while (at != offset && !ended) {
        Crew.nap(() -> changed.await(Crew.NAP, TimeUnit.MILLISECONDS));
      }
      return !ended;
    } finally {
      lock.unlock();
    }
  }

  /** Ends a turn: the next is that of the window that begins at {@code end}. */
  void pass(long end) {
    lock.lock();
    try {
      at = end;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends all waiting. A worker that fails must call this. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
