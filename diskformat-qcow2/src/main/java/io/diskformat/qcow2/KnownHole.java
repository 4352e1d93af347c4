package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * Remembers the last hole of the file that was found, so that no tables are read from it: a huge
 * sparse file costs its maker nothing. Each thread has its own.
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
