package io.diskformat;

/** How much of what a check finds is to be repaired. */
public enum Repair {
  /** Space that nothing uses, and no more: that cannot lose anything. */
  LEAKS,
  /** All that can be, leaks among it; what that does to the disk's content, each format tells. */
  ALL
}
