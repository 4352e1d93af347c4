package io.diskformat.storage;

import java.io.IOException;

/**
 * A storage, not a file, that has means of its own to copy bytes of another one without their
 * passing through this process: as a server has that keeps both.
 */
public interface CopyTarget {
  /**
   * Returns whether bytes of a storage may be copied here: if not, nobody looks for room for them.
   */
  boolean canCopyFrom(Storage source);

  /**
   * Copies a range of another storage here, as far as that is possible.
   *
   * @param position where the range begins in the source, in bytes
   * @param targetPosition where it goes, in bytes
   * @param length in bytes
   * @return how many bytes from the range's start on were copied, which may be none; what was
   *     written of the others may be anything
   * @throws UnsupportedOperationException if this storage is not writable
   * @throws IOException if one of the two is closed, or this one is full
   */
  long copyFrom(Storage source, long position, long targetPosition, long length) throws IOException;
}
