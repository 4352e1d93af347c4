package io.diskformat.qcow2;

/** What barriers come after. */
enum WriteStep {
  // The steps of a flush, of growth, and of closing

  DIRTY_BIT,
  DATA_AND_REFCOUNTS,
  REFCOUNT_TABLE,
  REFCOUNT_TABLE_SWITCH,
  L2,
  L1,
  LONGER_L1,
  SIZE,
  CLOSE,

  // Changes of the header by HeaderRewrite

  BACKING_NAME,
  FIRST_SECTOR,
  FEATURE_NAMES,

  // Bitmaps, while the disk is written and when writing ends

  BITMAP_MARKS,
  BITMAP_BITS,
  BITMAP_MARKS_TAKEN_AWAY,

  // A repair that writes all refcounts anew

  NEW_REFCOUNTS,
  NEW_REFCOUNTS_SWITCH
}
