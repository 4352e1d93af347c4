package io.diskformat.qcow2;

/**
 * The order in which changed tables reach the file, a barrier between each: what points comes after
 * what it points to, and after that counts as used.
 */
final class WriteOrder {
  /** Blocks of refcounts. */
  static final int REFCOUNT_BLOCK = 0;

  /** The table of those blocks. */
  static final int REFCOUNT_TABLE = 1;

  /** Tables of clusters. */
  static final int L2 = 2;

  /** The table of those tables. */
  static final int L1 = 3;

  private WriteOrder() {}
}
