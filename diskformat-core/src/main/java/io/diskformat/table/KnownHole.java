package io.diskformat.table;

import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * Knows the hole of a file that was last come across, so that tables in a huge sparse file, which
 * costs nothing to make, are not read. Each thread has its own.
 */
public final class KnownHole {
  private final Storage storage;

  /** Where what is known begins, and ends: a hole, or what is none. */
  private long start;

  private long end;
  private boolean isHole;

  /** Creates an object that knows of none. */
  public KnownHole(Storage storage) {
    this.storage = storage;
  }

  /**
   * Returns whether a range is known to read as zeroes.
   *
   * @param position where it begins in the file, in bytes
   * @param length in bytes
   * @throws IOException if the file is closed
   */
  public boolean contains(long position, long length) throws IOException {
    if (position < start || position >= end) {
      look(position);
    }
    return isHole && position + length <= end;
  }

  private void look(long position) throws IOException {
    start = position;
    end = position < storage.size() ? storage.nextData(position) : Long.MAX_VALUE;
    isHole = end > position;
    if (!isHole) {
      end = storage.nextHole(position);
    }
  }
}
