package io.diskformat.layer;

/**
 * The location of a byte of a disk, packed into a {@code long} so that a lookup allocates no
 * object: a kind in the highest byte, and below it a position in the data storage, in bytes, of at
 * most 56 bits. The locations of two bytes that are stored in one run differ by as much as the
 * bytes' offsets.
 *
 * <p>A compressed unit needs more than a position. Its location is negative, and the other 63 bits
 * are a descriptor: what the format needs to decompress the unit without another lookup.
 */
public final class Location {
  private static final int KIND_SHIFT = 56;
  private static final long POSITION = (1L << KIND_SHIFT) - 1;

  /** Kind: not recorded in this image. */
  public static final int HOLE = 0;

  /** Kind: not recorded in this image, though space at the position is reserved for it. */
  public static final int RESERVED_HOLE = 1;

  /** Kind: recorded as reading as zeroes. */
  public static final int ZERO = 2;

  /** Kind: recorded as reading as zeroes, with space at the position reserved for it. */
  public static final int RESERVED_ZERO = 3;

  /** Kind: stored at the position. */
  public static final int DATA = 4;

  /** Kind: stored compressed, with a descriptor in place of a position. */
  public static final int COMPRESSED = -1;

  private Location() {}

  /**
   * Returns the location of a byte without a position.
   *
   * @param kind {@link #HOLE} or {@link #ZERO}
   */
  public static long of(int kind) {
    return (long) kind << KIND_SHIFT;
  }

  /**
   * Returns the location of a byte with a position.
   *
   * @param kind a kind that {@link #hasPosition has a position}
   * @param position in bytes, at least 0 and less than 2 to the power of 56
   */
  public static long of(int kind, long position) {
    return (long) kind << KIND_SHIFT | position;
  }

  /**
   * Returns the location of the bytes of a compressed unit, the same for all of them.
   *
   * @param descriptor 63 bits; two units that are stored at one time in different streams have
   *     different descriptors
   */
  public static long compressed(long descriptor) {
    return descriptor | Long.MIN_VALUE;
  }

  /** Returns the descriptor of the location of a compressed unit. */
  public static long descriptor(long location) {
    return location & Long.MAX_VALUE;
  }

  /** Returns the kind of a location. */
  public static int kind(long location) {
    return (int) Math.max(location >> KIND_SHIFT, COMPRESSED);
  }

  /**
   * Returns the position of a location, in bytes; 0 where the kind has none. Undefined for {@link
   * #COMPRESSED}.
   */
  public static long position(long location) {
    return location & POSITION;
  }

  /** Returns whether the kind has a position in the data storage. */
  public static boolean hasPosition(int kind) {
    return kind == DATA || kind == RESERVED_ZERO || kind == RESERVED_HOLE;
  }
}
