package io.diskformat.qcow2;

/** What the writer's barriers come after: the steps of a flush, of growth, and of closing. */
enum WriteStep {
  DIRTY_BIT,
  DATA_AND_REFCOUNTS,
  REFCOUNT_TABLE,
  REFCOUNT_TABLE_SWITCH,
  L2,
  L1,
  LONGER_L1,
  SIZE,
  CLOSE
}
