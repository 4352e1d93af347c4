package io.diskformat.vmdk;

/** The steps of a repair, each of which ends with a barrier. */
enum RepairStep {
  /** Entries that cannot be right no longer name a place that the file may get. */
  LOST,
  /** Grains, tables and directories that are created again. */
  COPIES,
  /** What points to them. */
  ENTRIES,
  /** Space that is given back, and the mark that the extent is closed. */
  END
}
