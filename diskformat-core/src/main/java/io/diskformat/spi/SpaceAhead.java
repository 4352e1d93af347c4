package io.diskformat.spi;

import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * The host's space that is reserved at the end of a file before it is needed, in steps that grow
 * with the file: many small reservations would each cost a system call, and break the file into
 * pieces. Not thread-safe.
 */
public final class SpaceAhead {
  private static final long MIN_STEP = 1 << 20;
  private static final long MAX_STEP = 64 << 20;

  private final Storage storage;
  private long reserved;

  /**
   * Creates an object for a file of which nothing beyond its present end is reserved.
   *
   * @param storage the file, writable
   */
  public SpaceAhead(Storage storage) throws IOException {
    this.storage = storage;
    this.reserved = storage.size();
  }

  /** Returns up to where space is reserved, in bytes from the start of the file. */
  public long end() {
    return reserved;
  }

  /**
   * Has space reserved up to a position at least.
   *
   * @param position in bytes from the start of the file
   * @throws IOException if the host has no space
   */
  public void reach(long position) throws IOException {
    if (position <= reserved) {
      return;
    }
    long ahead = Math.max(position, reserved + Math.clamp(reserved / 4, MIN_STEP, MAX_STEP));
    try {
      storage.reserve(reserved, ahead - reserved);
      reserved = ahead;
    } catch (IOException e) {
      // There may still be room for what is needed now.
      storage.reserve(reserved, position - reserved);
      reserved = position;
    }
  }

  /** Tells that the file has another size now: space is reserved up to there. */
  public void moved(long end) {
    reserved = end;
  }
}
