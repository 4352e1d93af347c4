package io.diskformat.spi;

/**
 * Notices runs of sequential reads of a device, so that what comes next can be fetched before it is
 * asked for. Each thread is followed on its own, roughly: threads are hashed to slots, and a slot's
 * state is only a guess.
 */
public final class ReadAhead {
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

  /** What fetches bytes ahead. */
  @FunctionalInterface
  public interface Fetcher {
    /** Starts fetching a range of the device, which is within it; must not fail. */
    void fetch(long offset, long length);
  }

  /** Creates a state in which no run has been noticed. */
  public ReadAhead() {}

  /**
   * Takes note of a read, and has what comes next fetched if that seems worth it.
   *
   * @param size of the device, in bytes
   */
  public void note(long offset, long length, long size, Fetcher fetcher) {
    int slot = (int) (Thread.currentThread().threadId() & SLOTS - 1) * STRIDE;
    long end = offset + length;
    if (state[slot + EXPECTED] != offset) {
      state[slot + EXPECTED] = end;
      state[slot + RUN_LENGTH] = length;
      state[slot + FETCHED] = 0;
      return;
    }
    state[slot + EXPECTED] = end;
    long run = state[slot + RUN_LENGTH] += length;
    long fetched = Math.max(state[slot + FETCHED], end);
    if (run < RUN || fetched - end > WINDOW / 2) {
      return;
    }
    long until = Math.min(end + WINDOW, size);
    state[slot + FETCHED] = until;
    if (fetched < until) {
      fetcher.fetch(fetched, until - fetched);
    }
  }
}
