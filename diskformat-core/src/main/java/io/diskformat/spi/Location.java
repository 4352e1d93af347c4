package io.diskformat.spi;

/**
 * Where a guest's byte lives, packed into a {@code long} so that finding it makes no object: a kind
 * in the high byte, and below it a position in bytes, of at most 56 bits. Two locations of adjacent
 * bytes stored adjacently differ by as much as the bytes' offsets.
 */
public final class Location {
  private static final int KIND_SHIFT = 56;
  private static final long POSITION = (1L << KIND_SHIFT) - 1;

  /** Kind: not recorded in this image. */
  public static final int HOLE = 0;

  /** Kind: not recorded in this image, though there is a place reserved for it. */
  public static final int RESERVED_HOLE = 1;

  /** Kind: recorded as reading zeroes. */
  public static final int ZERO = 2;

  /** Kind: recorded as reading zeroes, with a place reserved for it. */
  public static final int RESERVED_ZERO = 3;

  /** Kind: stored at the position. */
  public static final int DATA = 4;

  /** Kind: stored compressed; the position identifies the compressed unit, and no more. */
  public static final int COMPRESSED = 5;

  private Location() {}

  /**
   * Packs a kind without a position.
   *
   * @param kind {@link #HOLE} or {@link #ZERO}
   */
  public static long of(int kind) {
    return (long) kind << KIND_SHIFT;
  }

  /**
   * Packs a kind and a position.
   *
   * @param position in bytes, at least 0 and less than 2 to the 56
   */
  public static long of(int kind, long position) {
    return (long) kind << KIND_SHIFT | position;
  }

  /** Returns the kind. */
  public static int kind(long location) {
    return (int) (location >>> KIND_SHIFT);
  }

  /** Returns the position in bytes; 0 where the kind has none. */
  public static long position(long location) {
    return location & POSITION;
  }

  /** Returns whether the kind has a position in the data storage. */
  public static boolean hasPosition(int kind) {
    return kind == DATA || kind == RESERVED_ZERO || kind == RESERVED_HOLE;
  }
}
