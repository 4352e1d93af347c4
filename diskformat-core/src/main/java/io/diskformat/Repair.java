package io.diskformat;

/** The extent of a repair: which of the problems that a check finds are repaired. */
public enum Repair {
  /** Only leaks, space that is allocated and not used: this cannot lose data. */
  LEAKS,
  /**
   * All problems that can be repaired, leaks included. What that does to the content of the disk is
   * documented by each format.
   */
  ALL
}
