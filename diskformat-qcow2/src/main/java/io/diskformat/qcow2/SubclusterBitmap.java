package io.diskformat.qcow2;

import org.jspecify.annotations.Nullable;

/**
 * The second word of an extended {@link L2Entry}: what each of the 32 subclusters of a cluster is.
 * Section "Extended L2 Entries" of the specification.
 *
 * <pre>
 *   bit 32 + i   bit i     subcluster i
 *   0            0         is not recorded: a hole of this layer
 *   0            1         is stored, in the cluster's place
 *   1            0         reads as zeroes
 *   1            1         is corrupt
 * </pre>
 *
 * A set of subclusters is the bits 0 to 31 of a {@code long}.
 */
final class SubclusterBitmap {
  /** How many subclusters a cluster has. */
  static final int COUNT = 32;

  /** Log2 of that. */
  static final int COUNT_BITS = 5;

  /** The set of all subclusters. */
  static final long ALL = 0xffff_ffffL;

  /** The bitmap of a cluster that reads as zeroes. */
  static final long ALL_ZERO = ALL << COUNT;

  private SubclusterBitmap() {}

  /** Returns the set of the subclusters from one to before another. */
  static long range(int first, int end) {
    return (1L << end) - (1L << first);
  }

  static boolean isStored(long bitmap, int subcluster) {
    return (bitmap >>> subcluster & 1) != 0;
  }

  static boolean isZero(long bitmap, int subcluster) {
    return ((bitmap >>> (COUNT + subcluster)) & 1) != 0;
  }

  /** Returns whether any subcluster is stored. */
  static boolean storesAny(long bitmap) {
    return (bitmap & ALL) != 0;
  }

  /** Returns whether no subcluster is both stored and zero. */
  static boolean isConsistent(long bitmap) {
    return (bitmap >>> COUNT & bitmap) == 0;
  }

  /** Returns what is wrong with the bitmap of a cluster, which has a place or not; or null. */
  static @Nullable String problem(boolean hasPlace, long bitmap) {
    if (hasPlace && !isConsistent(bitmap)) {
      return "a subcluster is both allocated and zero";
    }
    return !hasPlace && storesAny(bitmap)
        ? "a subcluster is allocated and its cluster is not"
        : null;
  }

  /** Returns a bitmap in which a set of subclusters is stored. */
  static long store(long bitmap, long set) {
    return (bitmap | set) & ~(set << COUNT);
  }

  /** Returns a bitmap in which a set of subclusters reads as zeroes. */
  static long zero(long bitmap, long set) {
    return (bitmap & ~set) | set << COUNT;
  }
}
