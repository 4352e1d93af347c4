package io.diskformat.spi;

/**
 * Notices runs of sequential reads of a device, so that what comes next can be fetched before it is
 * asked for. Each thread is followed on its own, roughly: threads are hashed to slots, and a slot's
 * state is only a guess.
 */
final class ReadAhead {
  private static final int SLOTS = 8;

  /** Slots are kept on cache lines of their own. */
  private static final int STRIDE = 16;

  /** So much in a row makes a run. */
  private static final long RUN = 128 << 10;

  /** How far ahead of a run is fetched. */
  private static final long WINDOW = 8 << 20;

  private static final int EXPECTED = 0;
  private static final int RUN_LENGTH = 1;
  private static final int FETCHED = 2;

  private final long[] state = new long[SLOTS * STRIDE];

  /**
   * Takes note of a read.
   *
   * @return the number of bytes after the read that should be fetched now; usually 0
   */
  long note(long offset, long length) {
    int slot = (int) (Thread.currentThread().threadId() & SLOTS - 1) * STRIDE;
    long end = offset + length;
    if (state[slot + EXPECTED] != offset) {
      state[slot + EXPECTED] = end;
      state[slot + RUN_LENGTH] = length;
      state[slot + FETCHED] = 0;
      return 0;
    }
    state[slot + EXPECTED] = end;
    long run = state[slot + RUN_LENGTH] += length;
    if (run < RUN || state[slot + FETCHED] - end > WINDOW / 2) {
      return 0;
    }
    state[slot + FETCHED] = end + WINDOW;
    return WINDOW;
  }
}
