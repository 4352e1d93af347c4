package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.spi.MetadataPages;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;

/**
 * The refcounts of a writable image: looked up and changed in its pages, blocks and table growing
 * as clusters further on come to be used. Not thread-safe: guarded by the lock of its {@link
 * ClusterAllocator}.
 */
final class Refcounts {
  private static final long OFFSET_MASK = ~511L;

  private final Storage storage;
  private final MetadataPages pages;
  private final int clusterBits;
  private final int order;
  private final int blockBits;
  private final long max;
  private long[] table;
  private long tableOffset;
  private boolean tableMoved;

  Refcounts(Storage storage, MetadataPages pages, Qcow2Header header) throws IOException {
    this.storage = storage;
    this.pages = pages;
    this.clusterBits = header.clusterBits();
    this.order = header.refcountOrder();
    this.blockBits = clusterBits + 3 - order;
    this.max = order == 6 ? Long.MAX_VALUE : (1L << (1 << order)) - 1;
    this.tableOffset = header.refcountTableOffset();
    this.table = new long[header.refcountTableClusters() << (clusterBits - 3)];
    for (int i = 0; i < table.length; i++) {
      table[i] = block(i);
    }
  }

  private long block(int index) throws IOException {
    long position = tableOffset + ((long) index << 3);
    long offset;
    try {
      offset = storage.readLong(position) & OFFSET_MASK;
    } catch (EOFException e) {
      throw new CorruptImageException(
          storage.name(), "refcount table", tableOffset, "is cut short by the end of the file", e);
    }
    if (offset < 0 || offset >= 1L << 56 || (offset & (1L << clusterBits) - 1) != 0) {
      throw new CorruptImageException(
          storage.name(),
          "refcount table",
          tableOffset,
          "entry "
              + index
              + " is "
              + Long.toUnsignedString(offset)
              + ", not the start of a cluster");
    }
    return offset;
  }

  /** Returns the largest refcount that there is room for. */
  long max() {
    return max;
  }

  /** Returns where the block of so many clusters is that holds a cluster's refcount, or 0. */
  long blockOf(long cluster) {
    long index = cluster >>> blockBits;
    return index < table.length ? table[(int) index] : 0;
  }

  /** Returns log2 of how many clusters one block is for. */
  int blockBits() {
    return blockBits;
  }

  /** Returns the positions of all blocks; 0 where there is none. */
  long[] blocks() {
    return table.clone();
  }

  long tableOffset() {
    return tableOffset;
  }

  int tableClusters() {
    return table.length >>> (clusterBits - 3);
  }

  long get(long cluster) throws IOException {
    long block = blockOf(cluster);
    if (block == 0) {
      return 0;
    }
    long word = word(block + wordOffset(cluster));
    long value = word >>> shift(cluster);
    return order == 6 ? value : value & max;
  }

  private long word(long position) throws IOException {
    try {
      return pages.read(position);
    } catch (EOFException e) {
      throw new CorruptImageException(
          storage.name(), "refcount block", position, "is beyond the end of the file", e);
    }
  }

  /** Sets a refcount, for which there is a block. */
  void set(long cluster, long refcount) throws IOException {
    long position = blockOf(cluster) + wordOffset(cluster);
    int shift = shift(cluster);
    long mask = order == 6 ? -1 : max << shift;
    long word = (word(position) & ~mask) | ((refcount << shift) & mask);
    pages.write(position, word, WriteOrder.REFCOUNT_BLOCK);
  }

  private long wordOffset(long cluster) {
    long bit = (cluster & (1L << blockBits) - 1) << order;
    return bit >>> 6 << 3;
  }

  /** Refcounts of a byte or more are big-endian; smaller ones begin at a byte's lowest bit. */
  private int shift(long cluster) {
    int within = (int) (cluster << order) & 63;
    return order >= 3 ? 64 - (1 << order) - within : 56 - (within & ~7) + (within & 7);
  }

  /** Returns whether the table has room for the block of a cluster. */
  boolean tableReaches(long cluster) {
    return cluster >>> blockBits < table.length;
  }

  /**
   * Makes a cluster a block, whose refcounts are all 0, for the clusters around {@code cluster}.
   */
  void addBlock(long cluster, long blockCluster) throws IOException {
    int index = (int) (cluster >>> blockBits);
    long offset = blockCluster << clusterBits;
    if (!tableMoved) {
      // First, as this alone can fail.
      pages.write(tableOffset + ((long) index << 3), offset, WriteOrder.REFCOUNT_TABLE);
    }
    pages.clear(offset, 1L << clusterBits, WriteOrder.REFCOUNT_BLOCK);
    table[index] = offset;
  }

  /**
   * Makes the table longer, without yet saying where it will be; or as short again as it was, if no
   * place was found.
   *
   * @param moved whether its place is another one than the header says
   */
  void growTable(int clusters, boolean moved) {
    table = Arrays.copyOf(table, clusters << (clusterBits - 3));
    tableMoved = moved;
  }

  /** Says where the longer table will be. */
  void placeTable(long offset) {
    tableOffset = offset;
  }

  boolean tableMoved() {
    return tableMoved;
  }

  /** Writes the longer table to its place; the header still has to be changed to point there. */
  void writeMovedTable() throws IOException {
    pages.clear(tableOffset, (long) table.length << 3, WriteOrder.REFCOUNT_TABLE);
    for (int i = 0; i < table.length; i++) {
      if (table[i] != 0) {
        pages.write(tableOffset + ((long) i << 3), table[i], WriteOrder.REFCOUNT_TABLE);
      }
    }
    pages.writeOut(WriteOrder.REFCOUNT_TABLE);
  }

  void tableSettled() {
    tableMoved = false;
  }
}
