package io.diskformat.qcow2;

/**
 * The order in which changed tables reach the file, with a barrier between each two: a table comes
 * after what it points to, and after the refcounts of that.
 */
final class WriteOrder {
  /** Refcount blocks. */
  static final int REFCOUNT_BLOCK = 0;

  /** The refcount table. */
  static final int REFCOUNT_TABLE = 1;

  /** L2 tables. */
  static final int L2 = 2;

  /** The L1 table. */
  static final int L1 = 3;

  private WriteOrder() {}
}
