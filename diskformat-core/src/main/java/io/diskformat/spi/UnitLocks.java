package io.diskformat.spi;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.StampedLock;

/**
 * Locks on the units of allocation of a disk, by the number of the unit: shared by those who write a
 * unit where it is, exclusive to one who moves it. A few locks serve all units.
 */
final class UnitLocks {
  private static final int STRIPES = 64;

  private final Lock[] shared = new Lock[STRIPES];
  private final Lock[] exclusive = new Lock[STRIPES];

  UnitLocks() {
    for (int i = 0; i < STRIPES; i++) {
      StampedLock lock = new StampedLock();
      shared[i] = lock.asReadLock();
      exclusive[i] = lock.asWriteLock();
    }
  }

  /** Returns the set of locks of the units from {@code first} to {@code last}, as a bit mask. */
  static long of(long first, long last) {
    if (last - first >= STRIPES - 1) {
      return -1;
    }
    long locks = 0;
    for (long unit = first; unit <= last; unit++) {
      locks |= 1L << (unit & STRIPES - 1);
    }
    return locks;
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
