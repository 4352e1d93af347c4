package io.diskformat.qcow2;

import java.io.IOException;

/** Receives the entries in which COPIED is wrong. */
@FunctionalInterface
interface CopiedVisitor {
  /**
   * Receives an entry.
   *
   * @param level 1 for an entry of an L1 table, 2 for one of an L2 table
   * @param index its number in the table
   * @param refcount that of what it points to
   */
  void entry(int level, long index, long position, long entry, long refcount, long guestOffset)
      throws IOException;
}
