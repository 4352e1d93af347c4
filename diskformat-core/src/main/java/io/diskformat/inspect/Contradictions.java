package io.diskformat.inspect;

/** Receives the contradictions in a partition table, which do not count on a disc. */
@FunctionalInterface
interface Contradictions {
  /**
   * Receives one.
   *
   * @param position where it is
   * @param sentence what it is
   */
  void found(long position, String sentence);
}
