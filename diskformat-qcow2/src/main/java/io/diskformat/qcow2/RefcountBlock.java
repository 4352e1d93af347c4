package io.diskformat.qcow2;

/**
 * How refcounts lie in a refcount block, which is one cluster. Section "Host cluster management" of
 * the specification.
 *
 * <pre>
 *   refcount_order  width      where the refcount of cluster n of a block is
 *   0, 1, 2         1, 2, 4    in byte (n * width) / 8, the first at its least significant bits
 *   3 to 6          8 to 64    at byte n * width / 8, the highest byte first
 *
 *   so, as big-endian words of 64 bits, the first of width 2 and of width 16 are
 *
 *    63            56 55            48                    63        48 47        32
 *   +---+---+---+---+---+---+---+---+--                  +------------+------------+--
 *   | 3 | 2 | 1 | 0 | 7 | 6 | 5 | 4 | ...                |     0      |     1      | ...
 *   +---+---+---+---+---+---+---+---+--                  +------------+------------+--
 * </pre>
 *
 * @param order log2 of the width of a refcount in bits, 0 to 6
 * @param clustersBits log2 of the number of clusters whose refcounts one block has
 */
record RefcountBlock(int order, int clustersBits) {
  /** The order of refcounts of 64 bits, the largest of which a {@code long} does not hold. */
  private static final int LONGEST = 6;

  /** For each width, a word that has the lowest bit of every refcount set. */
  private static final long[] LOWEST_BITS = {
    -1L,
    0x5555_5555_5555_5555L,
    0x1111_1111_1111_1111L,
    0x0101_0101_0101_0101L,
    0x0001_0001_0001_0001L,
    0x0000_0001_0000_0001L,
    1L
  };

  static RefcountBlock of(int order, int clusterBits) {
    return new RefcountBlock(order, clusterBits + 3 - order);
  }

  /**
   * How many clusters refcounts take.
   *
   * @param table those of the refcount table
   * @param blocks those of refcount blocks
   */
  record Size(long table, long blocks) {
    long clusters() {
      return table + blocks;
    }
  }

  /** Returns what the refcounts take of {@code clusters} clusters and of those that they are in. */
  Size sizeFor(long clusters) {
    long perTable = 1L << (clustersBits + order - 6);
    Size size = new Size(0, 0);
    while (true) {
      long blocks = Math.ceilDiv(clusters + size.clusters(), 1L << clustersBits);
      Size next = new Size(Math.ceilDiv(blocks, perTable), blocks);
      if (next.equals(size)) {
        return size;
      }
      size = next;
    }
  }

  /** Returns the largest refcount that there is room for. */
  long max() {
    return order == LONGEST ? Long.MAX_VALUE : mask();
  }

  /** Returns a word in which every refcount is 1. */
  long lowestBits() {
    return LOWEST_BITS[order];
  }

  /** Returns how many refcounts a word has. */
  int perWord() {
    return Long.SIZE >>> order;
  }

  /** Returns whether any refcount of a word is 0. */
  boolean hasZero(long word) {
    // Subtracting 1 from each borrows, at the lowest that is 0, from a highest bit that was not
    // set.
    long lowest = LOWEST_BITS[order];
    return ((word - lowest) & ~word & (lowest << ((1 << order) - 1))) != 0;
  }

  private long mask() {
    return -1L >>> (64 - (1 << order));
  }

  /** Returns where in its block, in bytes, the word is that has a cluster's refcount. */
  long wordAt(long cluster) {
    long bit = (cluster & (1L << clustersBits) - 1) << order;
    return bit >>> 6 << 3;
  }

  /** Returns a cluster's refcount, given its word. */
  long get(long word, long cluster) {
    return word >>> shift(cluster) & mask();
  }

  /** Returns a cluster's word with another refcount in it. */
  long with(long word, long cluster, long refcount) {
    int shift = shift(cluster);
    return (word & ~(mask() << shift)) | (refcount & mask()) << shift;
  }

  private int shift(long cluster) {
    int within = (int) (cluster << order) & 63;
    return order >= 3 ? 64 - (1 << order) - within : 56 - (within & ~7) + (within & 7);
  }

  /**
   * Counts the refcounts in a word's first bits that are not zero.
   *
   * @param bits the number of bits to look at, from the word's first on; may be more than 64
   */
  int countUsed(long word, long bits) {
    // Within a byte, the first refcounts are the least significant; bytes come most significant
    // first.
    long counted = word;
    if (bits < 64) {
      counted &= ~(-1L >>> (bits & -8));
      if ((bits & 7) != 0) {
        counted |= word & ((1L << (bits & 7)) - 1) << (56 - (bits & -8));
      }
    }
    for (int shift = 1 << order >>> 1; shift > 0; shift >>>= 1) {
      counted |= counted >>> shift;
    }
    return Long.bitCount(counted & LOWEST_BITS[order]);
  }
}
