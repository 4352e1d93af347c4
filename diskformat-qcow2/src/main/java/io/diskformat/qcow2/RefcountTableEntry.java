package io.diskformat.qcow2;

/**
 * The bits of an entry of the refcount table, which says where a refcount block is. Section "Host
 * cluster management" of the specification. The entry of the block for a cluster is number {@code
 * cluster >>> }{@link RefcountBlock#clustersBits}.
 *
 * <pre>
 *    63                                                            9 8              0
 *   +---------------------------------------------------------------+----------------+
 *   | position of the refcount block in the file, or 0 for none     | reserved       |
 *   +---------------------------------------------------------------+----------------+
 *
 *   Without a block, the refcounts that would be in it are 0.
 * </pre>
 */
final class RefcountTableEntry {
  /** Log2 of the size of an entry in bytes. */
  static final int SIZE_BITS = 3;

  private static final long BLOCK = ~511L;

  private RefcountTableEntry() {}

  /** Returns where the refcount block is in the file, or 0 if there is none. */
  static long block(long entry) {
    return entry & BLOCK;
  }
}
