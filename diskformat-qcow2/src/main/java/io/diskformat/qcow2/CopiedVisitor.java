package io.diskformat.qcow2;

import java.io.IOException;

/** Receives the entries in which COPIED is wrong. */
interface CopiedVisitor {
  /** Receives an L1 entry, and the refcount of what it points to. */
  void l1Copied(long index, long position, long entry, long refcount, long guestOffset)
      throws IOException;

  /** Receives an L2 entry, and the refcount of what it points to. */
  void l2Copied(long index, long position, long entry, long refcount, long guestOffset)
      throws IOException;
}
