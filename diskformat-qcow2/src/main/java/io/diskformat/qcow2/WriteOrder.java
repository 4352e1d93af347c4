package io.diskformat.qcow2;

/**
 * The order in which changed tables reach the file, with a barrier between each two: a table comes
 * after what it points to, and after the refcounts of that.
 */
final class WriteOrder {
  static final int REFCOUNT_BLOCK = 0;
  static final int REFCOUNT_TABLE = 1;
  static final int L2 = 2;
  static final int L1 = 3;

  private WriteOrder() {}
}
