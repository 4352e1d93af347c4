package io.diskformat.qcow2;

/**
 * The bits of an L2 entry, which says where a cluster of the disk is. Sections "Cluster mapping"
 * and "Extended L2 Entries" of the specification.
 *
 * <pre>
 * standard cluster
 *
 *    63  62  61      56 55                                        9 8         1   0
 *   +---+---+----------+-------------------------------------------+-----------+---+
 *   | C | 0 | reserved | place: position of the cluster in the file| reserved  | Z |
 *   +---+---+----------+-------------------------------------------+-----------+---+
 *
 *   C  COPIED: the cluster's refcount is exactly one, so that it may be written in place
 *   Z  the cluster reads as zeroes, its place, if it has one, being only reserved; from version 3
 *      on, and 0 in an extended entry, where the bitmap says that
 *   A place of 0 is none; but with an external data file an entry with C has its place at 0.
 *
 * compressed cluster, x being 70 - log2 of the cluster size
 *
 *    63  62  61                   x x-1                                           0
 *   +---+---+----------------------+-----------------------------------------------+
 *   | 0 | 1 | further sectors      | position of the stream's first byte           |
 *   +---+---+----------------------+-----------------------------------------------+
 *
 *   The stream may reach into that number of sectors, of 512 bytes, after that of its first byte.
 *
 * extended entry of 16 bytes: one of the words above, and after it
 *
 *    63                                   32 31                                   0
 *   +---------------------------------------+---------------------------------------+
 *   | subclusters that read as zeroes       | subclusters that are stored           |
 *   +---------------------------------------+---------------------------------------+
 *
 *   all of them 0 if the cluster is compressed; see {@link SubclusterBitmap}
 * </pre>
 */
final class L2Entry {
  /** The entry of a cluster that is not recorded: a hole of this layer. */
  static final long NONE = 0;

  /** The bits of a place. */
  static final long PLACE = 0x00ff_ffff_ffff_fe00L;

  /** The cluster's refcount is exactly one. */
  static final long COPIED = 1L << 63;

  /** The cluster is compressed. */
  static final long COMPRESSED = 1L << 62;

  /** The cluster reads as zeroes. By itself, the entry of such a cluster that has no place. */
  static final long ZERO = 1;

  private static final int SECTOR_BITS = 9;

  private L2Entry() {}

  /** Returns log2 of the size of an entry in bytes. */
  static int sizeBits(boolean extended) {
    return extended ? 4 : 3;
  }

  /** Returns where a cluster that is not compressed is in its file, or 0 if it is nowhere. */
  static long place(long entry) {
    return entry & PLACE;
  }

  static boolean isCompressed(long entry) {
    return (entry & COMPRESSED) != 0;
  }

  static boolean isCopied(long entry) {
    return (entry & COPIED) != 0;
  }

  static boolean isZero(long entry) {
    return (entry & ZERO) != 0;
  }

  /** Returns whether a cluster that has a place has it for itself, and may be written there. */
  static boolean isOwned(long entry) {
    return (entry & (COPIED | COMPRESSED)) == COPIED;
  }

  /**
   * Returns bits that are all 0 in an entry that is neither compressed nor zero and whose place, if
   * any, begins where a cluster can begin; see {@link #hasAny}.
   */
  static long unusual(long clusterMask) {
    return COMPRESSED | ZERO | (clusterMask & PLACE);
  }

  /** Returns whether an entry has any of some bits. */
  static boolean hasAny(long entry, long bits) {
    return (entry & bits) != 0;
  }

  /** Returns the entry of a cluster that is stored at a place of its own. */
  static long owned(long place) {
    return place | COPIED;
  }

  /** Returns the entry of the same cluster, at the same place, that reads as zeroes. */
  static long zeroed(long entry) {
    return entry | ZERO;
  }

  /** Returns an entry with COPIED set or cleared. */
  static long withCopied(long entry, boolean copied) {
    return copied ? entry | COPIED : entry & ~COPIED;
  }

  // Compressed clusters

  /** Returns the entry of a cluster whose stream of {@code length} bytes is at a position. */
  static long compressed(long position, int length, int clusterBits) {
    long furtherSectors = ((position + length - 1) >>> SECTOR_BITS) - (position >>> SECTOR_BITS);
    return COMPRESSED | furtherSectors << sectorsShift(clusterBits) | position;
  }

  /** Returns where the first byte of a compressed cluster's stream is. */
  static long streamPosition(long entry, int clusterBits) {
    return entry & (1L << sectorsShift(clusterBits)) - 1;
  }

  /** Returns where the last sector ends that a compressed cluster's stream may reach into. */
  static long streamEnd(long entry, int clusterBits) {
    long sectors = (descriptor(entry) >>> sectorsShift(clusterBits)) + 1;
    return ((streamPosition(entry, clusterBits) >>> SECTOR_BITS) + sectors) << SECTOR_BITS;
  }

  /** Returns all that the entry of a compressed cluster says of its stream, in 62 bits. */
  static long descriptor(long entry) {
    return entry & ~(COPIED | COMPRESSED);
  }

  private static int sectorsShift(int clusterBits) {
    return 70 - clusterBits;
  }
}
