package io.diskformat.layer;

import io.diskformat.ImageClosedException;
import io.diskformat.device.UnitLocks;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The locks of a writable image: they decide which operations may run beside each other, and refuse
 * all after the end of writing.
 *
 * <p>There are two kinds. {@code tables} is held shared by a change of tables, and exclusively by a
 * flush. {@code units} are the locks of the clusters, each of which one thread at a time writes.
 * The first is taken before the second. Overwriting in place changes no table, and so runs beside a
 * flush. Readers take neither, unless writers keep interfering.
 *
 * <p>The end of writing is set under all locks. A thread that gets a lock afterwards is refused, so
 * that nothing is written after the last flush.
 */
final class WriteGate {
  private final String name;
  private final int clusterBits;
  private final UnitLocks units = new UnitLocks();
  private final ReentrantReadWriteLock tables = new ReentrantReadWriteLock();

  /** Changed while all locks are held, so that each of them guards it. */
  private boolean ended;

  /**
   * Creates a gate.
   *
   * @param name the name of the image in error messages
   * @param clusterBits the binary logarithm of the size of a cluster in bytes
   */
  WriteGate(String name, int clusterBits) {
    this.name = name;
    this.clusterBits = clusterBits;
  }

  /** Returns the set of locks of a range's clusters. */
  long locksOf(long offset, long length) {
    return UnitLocks.of(offset >>> clusterBits, (offset + length - 1) >>> clusterBits);
  }

  // Readers

  /** Returns the stamps for a read without locks. See {@link UnitLocks#stamps}. */
  long stamps(long locks) {
    return units.stamps(locks);
  }

  /** Prevents writes to clusters, and the reuse of freed clusters. */
  void lockForReading(long locks) {
    tables.readLock().lock();
    units.lockShared(locks);
  }

  void unlockForReading(long locks) {
    units.unlockShared(locks);
    tables.readLock().unlock();
  }

  // Writers

  /** Locks clusters for overwriting in place. */
  void enterInPlace(long locks) throws ImageClosedException {
    units.lockExclusive(locks);
    if (ended) {
      units.unlockExclusive(locks);
      throw new ImageClosedException(name);
    }
  }

  void leaveInPlace(long locks) {
    units.unlockExclusive(locks);
  }

  /** Locks clusters for a change of them and of their table entries. */
  void enterChange(long locks) throws ImageClosedException {
    enter(tables.readLock(), locks);
  }

  void leaveChange(long locks) {
    leave(tables.readLock(), locks);
  }

  /** Locks the tables for writing them out: nobody else changes one meanwhile. */
  void enterFlush() throws ImageClosedException {
    enter(tables.writeLock(), 0);
  }

  void leaveFlush() {
    leave(tables.writeLock(), 0);
  }

  /** Locks everything: nobody else writes meanwhile. */
  void enterAlone() throws ImageClosedException {
    // Overwriting in place takes no lock of tables, but may hit clusters that the caller moves.
    enter(tables.writeLock(), UnitLocks.ALL);
  }

  void leaveAlone() {
    leave(tables.writeLock(), UnitLocks.ALL);
  }

  /** Refuses every later operation. The caller holds all locks, by {@link #enterAlone}. */
  void end() {
    ended = true;
  }

  private void enter(Lock tablesLock, long locks) throws ImageClosedException {
    tablesLock.lock();
    units.lockExclusive(locks);
    if (ended) {
      leave(tablesLock, locks);
      throw new ImageClosedException(name);
    }
  }

  private void leave(Lock tablesLock, long locks) {
    units.unlockExclusive(locks);
    tablesLock.unlock();
  }
}
