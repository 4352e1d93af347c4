package io.diskformat.table;

import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * Reserves the host's space at the end of a file before it is needed, in pieces that grow with the
 * file: many small reservations would each cost a system call, and fragment the file. For a range
 * far beyond the end, as an image's tables may require, it reserves space for that range alone and
 * leaves a hole before it. Not thread-safe.
 */
final class SpaceAhead {
  /** The least space that is reserved ahead, in bytes. */
  private static final long MIN_STEP = 1 << 20;

  /** The most space that is reserved ahead, in bytes. */
  private static final long MAX_STEP = 64 << 20;

  private final Storage storage;

  /** The position from which on, up to {@link #end}, nothing need be reserved. */
  private long start;

  private long end;

  /**
   * Creates an object for a file beyond whose current end nothing is reserved.
   *
   * @param storage the file, writable
   */
  SpaceAhead(Storage storage) throws IOException {
    this.storage = storage;
    this.end = storage.size();
  }

  /** Returns the position up to which space is reserved, in bytes. */
  long end() {
    return end;
  }

  /**
   * Reserves space for a range, unless it is reserved already; and more after it, if the range is
   * at the end of the file.
   *
   * @param from the position of the range, in bytes
   * @param to the position at which it ends
   * @throws IOException if the host has no space
   */
  void reach(long from, long to) throws IOException {
    if (from >= start && to <= end) {
      return;
    }
    if (from < start) {
      // The range is in a hole that was left before.
      reserve(from, to);
      return;
    }
    boolean apart = from > end;
    long reserved = apart ? from : end;
    long stored = apart ? 0 : end - start;
    long ahead = Math.max(to, reserved + Math.clamp(stored / 4, MIN_STEP, MAX_STEP));
    try {
      reserve(reserved, ahead);
    } catch (IOException e) {
      // There may still be space for what is needed now.
      reserve(reserved, to);
      ahead = to;
    }
    start = apart ? from : start;
    end = ahead;
  }

  /** Reserves space, or has the file only be long enough, if it does no harm when it is full. */
  private void reserve(long from, long to) throws IOException {
    if (!storage.isUnseen()) {
      storage.reserve(from, to - from);
    } else if (to > storage.size()) {
      storage.resize(to);
    }
  }

  /** Continues after the file's size was changed: space is reserved up to its new end. */
  void moved(long newEnd) {
    start = Math.min(start, newEnd);
    end = newEnd;
  }
}
