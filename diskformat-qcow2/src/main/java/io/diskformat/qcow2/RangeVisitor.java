package io.diskformat.qcow2;

import java.io.IOException;

/** Receives the ranges of the file that structures have to themselves. */
@FunctionalInterface
interface RangeVisitor {
  /**
   * Receives a range.
   *
   * @param position of the field that says where it is, or -1
   */
  void range(String structure, long position, long start, long size) throws IOException;
}
