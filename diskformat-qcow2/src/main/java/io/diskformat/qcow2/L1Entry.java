package io.diskformat.qcow2;

/**
 * The bits of an L1 entry, which says where an L2 table is. Section "Cluster mapping" of the
 * specification.
 *
 * <pre>
 *    63  62           56 55                                        9 8              0
 *   +---+---------------+-------------------------------------------+----------------+
 *   | C | reserved      | position of the L2 table in the file      | reserved       |
 *   +---+---------------+-------------------------------------------+----------------+
 *
 *   C  COPIED: the table's refcount is exactly one, so that it may be changed in place
 *   A position of 0 is none: this layer records no cluster that the table would be for.
 * </pre>
 */
final class L1Entry {
  /** Log2 of the size of an entry in bytes. */
  static final int SIZE_BITS = 3;

  private static final long TABLE = 0x00ff_ffff_ffff_fe00L;
  private static final long COPIED = 1L << 63;

  private L1Entry() {}

  /** Returns where the L2 table is in the file, or 0 if there is none. */
  static long table(long entry) {
    return entry & TABLE;
  }

  /** Returns whether the L2 table that an entry points to may be changed in place. */
  static boolean isCopied(long entry) {
    return (entry & COPIED) != 0;
  }

  /** Returns the entry of an L2 table that nothing else refers to. */
  static long owned(long table) {
    return table | COPIED;
  }

  /** Returns an entry with COPIED set or cleared. */
  static long withCopied(long entry, boolean copied) {
    return copied ? entry | COPIED : entry & ~COPIED;
  }
}
