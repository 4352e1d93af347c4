package io.diskformat.inspect;

/** Is handed what contradicts itself in a partition table, unless the disk is a disc. */
@FunctionalInterface
interface Contradictions {
  /**
   * Takes one.
   *
   * @param position where it is
   * @param sentence what it is
   */
  void found(long position, String sentence);
}
