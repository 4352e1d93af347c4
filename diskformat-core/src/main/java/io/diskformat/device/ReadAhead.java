package io.diskformat.device;

/**
 * Detects runs of sequential reads of a device, and fetches ahead of them. Each thread is followed
 * by itself, roughly: threads are hashed to slots, and races only make a slot's state less
 * accurate.
 */
public final class ReadAhead {
  /** The number of slots, a power of two: threads beyond it share them. */
  private static final int SLOTS = 8;

  /** The distance of two slots, in longs, so that each has cache lines of its own. */
  private static final int STRIDE = 16;

  /** The length from which on sequential reads are a run, in bytes. */
  private static final long RUN = 128 << 10;

  /** The length that is fetched ahead of a run, in bytes. */
  private static final long WINDOW = 8 << 20;

  /** The index in a slot of the offset at which a sequential read would begin. */
  private static final int EXPECTED = 0;

  /** The index in a slot of the length of the run so far, in bytes. */
  private static final int RUN_LENGTH = 1;

  /** The index in a slot of the offset up to which was fetched. */
  private static final int FETCHED = 2;

  private final long[] state = new long[SLOTS * STRIDE];

  /** Fetches bytes ahead. */
  @FunctionalInterface
  public interface Fetcher {
    /** Starts fetching a range, which is within the device; must not throw. */
    void fetch(long offset, long length);
  }

  /** Creates an object that has seen no read. */
  public ReadAhead() {}

  /**
   * Records a read, and fetches ahead if it continues a run.
   *
   * @param offset where the read began, in bytes
   * @param length the length of the read, in bytes
   * @param size the size of the device, in bytes
   * @param fetcher fetches ahead
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
