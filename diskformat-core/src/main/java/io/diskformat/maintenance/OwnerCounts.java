package io.diskformat.maintenance;

import java.util.Arrays;

/**
 * Counts the owners of each place of a file: the entries of the image's tables that refer to that
 * cluster, block or grain. Its memory is that of one window of the places, whatever their number,
 * so the tables are read once for each window:
 *
 * <pre>{@code
 * OwnerCounts counts = new OwnerCounts(places, 32);
 * while (counts.nextWindow()) {
 *   table.visit(entry -> counts.add(entry.place(), 1));
 *   for (long place = counts.start(); place < counts.end(); place++) {
 *     ... // look at counts.get(place)
 *   }
 * }
 * }</pre>
 *
 * Not thread-safe.
 */
public final class OwnerCounts {
  /**
   * The memory of a window, in bytes: enough for 2 million counts of 32 bits, or 64 million of one
   * bit.
   */
  private static final int WINDOW_BYTES = 8 << 20;

  private final long places;
  private final int order;
  private final long most;
  private final long windowPlaces;
  private final long[] words;
  private long start;
  private long end;

  /**
   * Creates counts of which no window has begun.
   *
   * @param places the number of places; references to others are not counted
   * @param bits the number of bits of each count, a power of two up to 32; a count does not grow
   *     beyond the largest number that they hold
   * @throws IllegalArgumentException if {@code bits} is none of these
   */
  public OwnerCounts(long places, int bits) {
    if (Integer.bitCount(bits) != 1 || bits > Integer.SIZE) {
      throw new IllegalArgumentException("counts of " + bits + " bits");
    }
    this.places = places;
    this.order = Integer.numberOfTrailingZeros(bits);
    this.most = (1L << bits) - 1;
    this.windowPlaces = Math.min(places, ((long) WINDOW_BYTES * Byte.SIZE) >>> order);
    this.words = new long[Math.toIntExact(((windowPlaces << order) + Long.SIZE - 1) / Long.SIZE)];
  }

  /** Begins the next window with all its counts 0; returns whether there is one. */
  public boolean nextWindow() {
    start = end;
    end = Math.min(places, start + windowPlaces);
    Arrays.fill(words, 0);
    return start < end;
  }

  /** Returns the first place of the window. */
  public long start() {
    return start;
  }

  /** Returns the first place after the window. */
  public long end() {
    return end;
  }

  /** Returns whether a place is in the window. */
  public boolean covers(long place) {
    return place >= start && place < end;
  }

  /**
   * Returns the number of owners of a place of the window, or {@link #most()} if there are at least
   * that many.
   */
  public long get(long place) {
    long bit = (place - start) << order;
    return (words[(int) (bit >>> 6)] >>> bit) & most;
  }

  /** Returns the largest count, which also stands for all larger ones. */
  public long most() {
    return most;
  }

  /** Adds owners to a place, if it is in the window. */
  public void add(long place, long owners) {
    if (covers(place)) {
      long bit = (place - start) << order;
      long more = Math.min(owners, most - get(place));
      words[(int) (bit >>> 6)] += more << bit;
    }
  }

  /**
   * Adds owners to each of several adjacent places, as far as they are in the window.
   *
   * @param first the first place
   * @param count the number of places
   * @param owners the number of owners to add to each
   */
  public void add(long first, long count, long owners) {
    long stop = Math.min(end, first + count);
    for (long place = Math.max(first, start); place < stop; place++) {
      add(place, owners);
    }
  }
}
