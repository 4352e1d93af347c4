package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * Knows the hole of a file that was last come across, so that tables in a huge sparse file, which
 * costs nothing to make, are not read. Each thread has its own.
 */
final class KnownHole {
  private final Storage storage;
  private long start;
  private long end;

  KnownHole(Storage storage) {
    this.storage = storage;
  }

  /** Returns whether a range is known to read as zeroes. */
  boolean contains(long position, long length) throws IOException {
    if (position < start || position >= end) {
      start = position;
      end = position < storage.size() ? storage.nextData(position) : Long.MAX_VALUE;
    }
    return position + length <= end;
  }
}
