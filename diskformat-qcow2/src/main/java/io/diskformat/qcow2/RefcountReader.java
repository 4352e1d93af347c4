package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * Looks refcounts up. Section "Host cluster management" of the specification: refcount table, refcount
 * block, entry of 1 to 64 bits; entries of less than a byte begin at its least significant bit.
 */
final class RefcountReader {
  private static final long OFFSET_MASK = ~511L;

  private final Storage storage;
  private final long tableOffset;
  private final long tableEntries;
  private final int order;
  private final int entriesPerBlockBits;

  RefcountReader(Storage storage, Qcow2Header header) {
    this.storage = storage;
    this.tableOffset = header.refcountTableOffset();
    this.tableEntries = (long) header.refcountTableClusters() << (header.clusterBits() - 3);
    this.order = header.refcountOrder();
    this.entriesPerBlockBits = header.clusterBits() + 3 - order;
  }

  /**
   * Returns the refcount of a cluster, by its number, as an unsigned value.
   *
   * @throws java.io.EOFException if the file does not reach to where it should be
   */
  long refcount(long cluster) throws IOException {
    long block = cluster >>> entriesPerBlockBits;
    if (block >= tableEntries) {
      return 0;
    }
    long blockOffset = storage.readLong(tableOffset + (block << 3)) & OFFSET_MASK;
    if (blockOffset <= 0) {
      return 0;
    }
    long index = cluster & (1L << entriesPerBlockBits) - 1;
    long bit = index << order;
    long word = storage.readLong(blockOffset + (bit >>> 6 << 3));
    int within = (int) (bit & 63);
    if (order >= 3) {
      return (word << within) >>> (64 - (1 << order));
    }
    int inByte = (int) (word >>> (56 - (within & ~7))) & 0xff;
    return (inByte >>> (within & 7)) & ((1L << (1 << order)) - 1);
  }
}
