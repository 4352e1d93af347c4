package io.diskformat.device;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.StampedLock;

/**
 * The locks of a disk's units, parts of one size, by the number of the unit. A few locks serve all
 * units. A thread that writes a unit, or moves it, holds its lock; a thread that reads it does not,
 * but checks before and after whether another one held it. Thread-safe.
 */
public final class UnitLocks {
  /** The result of {@link #stamps} while one of the locks is held exclusively. */
  public static final long BUSY = -1;

  /** The set of all locks. */
  public static final long ALL = -1;

  /** The number of locks: that of the bits of a {@code long}. */
  private static final int STRIPES = 64;

  private final StampedLock[] stripes = new StampedLock[STRIPES];
  private final Lock[] shared = new Lock[STRIPES];
  private final Lock[] exclusive = new Lock[STRIPES];

  /** Creates locks that nobody holds. */
  public UnitLocks() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new StampedLock();
      shared[i] = stripes[i].asReadLock();
      exclusive[i] = stripes[i].asWriteLock();
    }
  }

  /** Returns the set of locks of the units from {@code first} to {@code last}, as a bit mask. */
  public static long of(long first, long last) {
    if (last - first >= STRIPES - 1) {
      return ALL;
    }
    long locks = 0;
    for (long unit = first; unit <= last; unit++) {
      locks |= 1L << (unit & (STRIPES - 1));
    }
    return locks;
  }

  /**
   * Returns a number that changes when any of the locks has been held exclusively, or {@link #BUSY}
   * if one is. Each lock's own stamp only grows, so that their sum changes with any of them.
   */
  public long stamps(long locks) {
    long sum = 0;
    for (long rest = locks; rest != 0; rest &= rest - 1) {
      long stamp = stripes[Long.numberOfTrailingZeros(rest)].tryOptimisticRead();
      if (stamp == 0) {
        return BUSY;
      }
      sum += stamp;
    }
    return sum;
  }

  /** Takes a set of locks that other threads may share. */
  public void lockShared(long locks) {
    lock(shared, locks);
  }

  /** Releases locks that {@link #lockShared} took. */
  public void unlockShared(long locks) {
    unlock(shared, locks);
  }

  /** Takes a set of locks for the calling thread alone. */
  public void lockExclusive(long locks) {
    lock(exclusive, locks);
  }

  /** Releases locks that {@link #lockExclusive} took. */
  public void unlockExclusive(long locks) {
    unlock(exclusive, locks);
  }

  /** Takes the locks in ascending order, so that there is no deadlock. */
  private static void lock(Lock[] stripes, long locks) {
    for (long rest = locks; rest != 0; rest &= rest - 1) {
      stripes[Long.numberOfTrailingZeros(rest)].lock();
    }
  }

  private static void unlock(Lock[] stripes, long locks) {
    for (long rest = locks; rest != 0; rest &= rest - 1) {
      stripes[Long.numberOfTrailingZeros(rest)].unlock();
    }
  }
}
