package io.diskformat.transfer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A range of a device, with the runs in it that may hold data other than zeroes: the unit of work
 * of every engine.
 */
final class Window {
  private static final long[] NO_RUNS = {};

  private final long offset;
  private final long length;

  /** Start and end of each run in turn, as offsets of the device; ascending, no two adjacent. */
  private final long[] runs;

  private final boolean again;

  private Window(long offset, long length, long[] runs, boolean again) {
    this.offset = offset;
    this.length = length;
    this.runs = runs;
    this.again = again;
  }

  /** Reads bytes of a device. */
  @FunctionalInterface
  interface Reader {
    void read(long offset, MemorySegment target) throws IOException;
  }

  /** Returns a window that reads as zeroes. */
  static Window ofZeroes(long offset, long length) {
    return new Window(offset, length, NO_RUNS, false);
  }

  /** Returns where the window begins, in bytes from the start of the device. */
  long offset() {
    return offset;
  }

  /** Returns the length of the window, in bytes. */
  long length() {
    return length;
  }

  /** Returns the offset of the byte after the window's last. */
  long end() {
    return offset + length;
  }

  /** Returns whether the window is known to read as zeroes. */
  boolean isZero() {
    return runs.length == 0;
  }

  /**
   * Returns whether this window came before, with other runs, whose data is to be kept: what is not
   * a run of this one is then not known to read as zeroes.
   */
  boolean isAgain() {
    return again;
  }

  /** Returns the number of runs of data. */
  int runs() {
    return runs.length / 2;
  }

  /** Returns where a run of data begins on the device. */
  long runStart(int index) {
    return runs[2 * index];
  }

  /** Returns where a run of data ends on the device. */
  long runEnd(int index) {
    return runs[2 * index + 1];
  }

  /** Returns whether the whole window is one run of data. */
  boolean isFull() {
    return runs.length == 2 && runs[0] == offset && runs[1] == end();
  }

  /**
   * Reads a part of the window: only runs of data are read from the device.
   *
   * @param start the offset of the part on the device
   * @param target filled; as long as the part
   */
  void read(Reader device, long start, MemorySegment target) throws IOException {
    if (!isFull()) {
      target.fill((byte) 0);
    }
    long stop = start + target.byteSize();
    for (int i = 0; i < runs(); i++) {
      long from = Math.max(start, runStart(i));
      long to = Math.min(stop, runEnd(i));
      if (from < to) {
        device.read(from, target.asSlice(from - start, to - from));
      }
    }
  }

  /** Returns the first {@code newLength} bytes of this window, which reads as zeroes. */
  Window zeroesUpTo(long newLength) {
    return ofZeroes(offset, newLength);
  }

  /** Returns this window, which reads as zeroes, without its first {@code skipped} bytes. */
  Window zeroesFrom(long skipped) {
    return ofZeroes(offset + skipped, length - skipped);
  }

  /** Builds a window from its start on. */
  static final class Builder {
    private final long offset;
    private long[] runs = NO_RUNS;
    private int used;

    Builder(long offset) {
      this.offset = offset;
    }

    /** Adds a run of data after those that were added before. */
    void add(long start, long end) {
      if (used > 0 && runs[used - 1] == start) {
        runs[used - 1] = end;
        return;
      }
      if (used == runs.length) {
        runs = Arrays.copyOf(runs, Math.max(2, 2 * used));
      }
      runs[used++] = start;
      runs[used++] = end;
    }

    /** Returns the window, which ends at {@code end}. */
    Window endingAt(long end) {
      return endingAt(end, false);
    }

    /**
     * Returns the window, which ends at {@code end}.
     *
     * @param again as {@link Window#isAgain} returns it
     */
    Window endingAt(long end, boolean again) {
      return new Window(offset, end - offset, Arrays.copyOf(runs, used), again);
    }
  }
}
