package io.diskformat.storage;

import java.util.concurrent.Semaphore;

/**
 * A bound for the memory that threads use at once, in shares of one size. A thread that takes a
 * share while all are in use waits; so a thread that holds a share must not wait for anything that
 * another thread does while holding one.
 *
 * <p>Thread-safe. Takes no lock unless it must wait.
 */
public final class MemoryBudget {
  /** The divisor of the JVM's maximum memory that bounds every budget. */
  private static final int PART = 8;

  /** The largest number of shares of a budget. */
  private static final int MOST_SHARES = 64;

  private final int shares;
  private final Semaphore free;

  /**
   * Creates a budget.
   *
   * @param share the size of a share, in bytes; there is always at least one share
   * @param most the size of all shares together at most, in bytes; no more than an eighth of the
   *     JVM's maximum memory is used
   */
  public MemoryBudget(long share, long most) {
    long budget = Math.min(most, Runtime.getRuntime().maxMemory() / PART);
    this.shares = Math.clamp(budget / share, 1, MOST_SHARES);
    this.free = new Semaphore(shares);
  }

  /** Returns the number of shares. */
  public int shares() {
    return shares;
  }

  /** Takes a share, which must be given back; an interrupt does not end the wait for one. */
  public void take() {
    free.acquireUninterruptibly();
  }

  /** Gives a share back. */
  public void giveBack() {
    free.release();
  }
}
