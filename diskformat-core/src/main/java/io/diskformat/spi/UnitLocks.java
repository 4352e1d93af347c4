package io.diskformat.spi;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.StampedLock;

/**
 * Locks on the units of allocation of a disk, by the number of the unit. A few locks serve all
 * units. Who writes a unit, or moves it, holds its lock; who reads it does not, but looks before
 * and after whether somebody did.
 */
final class UnitLocks {
  /** What {@link #stamps} returns while some unit is being written. */
  static final long BUSY = -1;

  /** The set of all locks. */
  static final long ALL = -1;

  private static final int STRIPES = 64;

  private final StampedLock[] stripes = new StampedLock[STRIPES];
  private final Lock[] shared = new Lock[STRIPES];
  private final Lock[] exclusive = new Lock[STRIPES];

  UnitLocks() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new StampedLock();
      shared[i] = stripes[i].asReadLock();
      exclusive[i] = stripes[i].asWriteLock();
    }
  }

  /** Returns the set of locks of the units from {@code first} to {@code last}, as a bit mask. */
  static long of(long first, long last) {
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
   * Returns a number that is another one once any of the locks has been held exclusively, or {@link
   * #BUSY} if one is. Each lock's own number only grows, so that their sum tells.
   */
  long stamps(long locks) {
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

  void lockShared(long locks) {
    lock(shared, locks);
  }

  void unlockShared(long locks) {
    unlock(shared, locks);
  }

  void lockExclusive(long locks) {
    lock(exclusive, locks);
  }

  void unlockExclusive(long locks) {
    unlock(exclusive, locks);
  }

  /** In ascending order, so that nobody waits in a circle. */
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
