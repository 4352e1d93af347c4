package io.diskformat.vmdk;

/** The steps of a repair, each of which ends with a barrier. */
enum RepairStep {
  /** Entries that cannot be right no longer name a place that the file may get. */
  LOST,
  /** Grains, tables and directories that are made anew. */
  COPIES,
  /** What points to them. */
  ENTRIES,
  /** What is given back, and that the extent is closed. */
  END
}
