package io.diskformat.table;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Arrays;

/**
 * Freed places: units of a file that are no longer in use, but to which the durable tables may
 * still point. They wait here until a flush has made tables without such entries durable; only then
 * are they free, and their space goes back to the host.
 *
 * <p>The allocator's lock guards all methods but {@link #isEmpty} and {@link #isMuch}, which need
 * no lock.
 */
public final class FreedSpace {
  private final Storage storage;
  private final long unit;
  private final int much;
  private long[] positions = new long[64];
  private volatile int count;

  /**
   * Creates an object for a file in which no place waits.
   *
   * @param storage the file
   * @param unit the size of each place, in bytes
   * @param much the number of places above which they should be settled
   */
  public FreedSpace(Storage storage, long unit, long much) {
    this.storage = storage;
    this.unit = unit;
    this.much = (int) Math.min(much, Integer.MAX_VALUE >> 1);
  }

  /** The allocator, which takes back places to which no durable table points any more. */
  @FunctionalInterface
  public interface Owner {
    /**
     * Gives up one use of a place.
     *
     * @param position where the place begins in the file, in bytes
     * @return whether the place is now free, because that was its last use
     */
    boolean giveUp(long position) throws IOException;
  }

  /** Returns whether no place waits. */
  public boolean isEmpty() {
    return count == 0;
  }

  /**
   * Returns whether the number of waiting places exceeds the limit, so that the file may grow
   * although they could be reused.
   */
  public boolean isMuch() {
    return count > much;
  }

  /**
   * Adds a place that begins at a position. A place that several entries referred to may be added
   * once for each.
   */
  public void add(long position) {
    int waiting = count;
    if (waiting == positions.length) {
      positions = Arrays.copyOf(positions, 2 * waiting);
    }
    positions[waiting] = position;
    count = waiting + 1;
  }

  /**
   * Gives up all waiting places, to which no durable table points any more. The space of those that
   * are then free is given back to the host.
   *
   * @param owner takes them back
   * @throws IOException if the owner fails
   */
  public void settle(Owner owner) throws IOException {
    Arrays.sort(positions, 0, count);
    long start = -1;
    long end = -1;
    for (int left = count - 1; left >= 0; left--) {
      long position = positions[left];
      boolean free = owner.giveUp(position);
      // So that each is given up once, even if that fails for the next one.
      count = left;
      if (free) {
        if (position + unit != start) {
          giveBack(start, end);
          end = position + unit;
        }
        start = position;
      }
    }
    giveBack(start, end);
  }

  private void giveBack(long start, long end) {
    try {
      // The file may have been cut short meanwhile.
      long stop = Math.min(end, storage.size());
      if (start < stop) {
        storage.zero(start, stop - start, true);
      }
    } catch (IOException e) {
      // The host keeps the space; in the image it is free all the same.
    }
  }
}
