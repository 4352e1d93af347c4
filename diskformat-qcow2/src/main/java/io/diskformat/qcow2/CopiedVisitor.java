package io.diskformat.qcow2;

import java.io.IOException;

/** Takes the entries in which COPIED is wrong. */
interface CopiedVisitor {
  /** Takes an L1 entry, and the refcount of what it points to. */
  void l1Copied(long index, long position, long entry, long refcount, long guestOffset)
      throws IOException;

  /** Takes an L2 entry, and the refcount of what it points to. */
  void l2Copied(long index, long position, long entry, long refcount, long guestOffset)
      throws IOException;
}
