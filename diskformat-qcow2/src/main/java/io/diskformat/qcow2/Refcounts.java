package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.Storage;
import io.diskformat.table.Barriers;
import io.diskformat.table.KnownHole;
import io.diskformat.table.MappedTable;
import io.diskformat.table.MetadataPages;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;

/**
 * The refcounts of a writable image, which are looked up and changed in its pages; refcount blocks
 * are added, and the refcount table grows, as clusters further on are used. Not thread-safe:
 * guarded by the lock of its {@link ClusterAllocator}.
 */
final class Refcounts {
  private final Storage storage;
  private final MetadataPages pages;
  private final int clusterBits;
  private final RefcountBlock width;
  private final MappedTable words;
  private long[] table;
  private long tablePosition;
  private boolean tableMoved;

  Refcounts(Storage storage, MetadataPages pages, Qcow2Header header) throws IOException {
    this.storage = storage;
    this.pages = pages;
    this.clusterBits = header.clusterBits();
    this.width = RefcountBlock.of(header.refcountOrder(), clusterBits);
    this.words = new MappedTable(storage, pages, "refcount block entry");
    this.tablePosition = header.refcountTablePosition();
    this.table = new long[header.refcountTableClusters() << (clusterBits - 3)];
    for (int i = 0; i < table.length; i++) {
      table[i] = block(i);
    }
  }

  private long block(int index) throws IOException {
    long position = tablePosition + ((long) index << 3);
    long block;
    try {
      block = RefcountTableEntry.block(storage.readLong(position));
    } catch (EOFException e) {
      throw new CorruptImageException(
          storage.name(),
          "refcount table",
          tablePosition,
          "is cut short by the end of the file",
          e);
    }
    if (block < 0 || block >= 1L << 56 || (block & (1L << clusterBits) - 1) != 0) {
      throw new CorruptImageException(
          storage.name(),
          "refcount table",
          tablePosition,
          "entry "
              + index
              + " is "
              + Long.toUnsignedString(block)
              + ", not the start of a cluster");
    }
    return block;
  }

  /** Returns the largest refcount that there is room for. */
  long max() {
    return width.max();
  }

  /** Returns where the block is that holds a cluster's refcount, or 0. */
  long blockOf(long cluster) {
    long index = cluster >>> blockBits();
    return index < table.length ? table[(int) index] : 0;
  }

  /** Returns log2 of the number of clusters whose refcounts one block has. */
  int blockBits() {
    return width.clustersBits();
  }

  /** Returns the first cluster after {@code cluster} whose refcount is in another block. */
  long nextBlock(long cluster) {
    return ((cluster >>> blockBits()) + 1) << blockBits();
  }

  /** Returns the positions of all blocks; 0 where there is none. */
  long[] blocks() {
    return table.clone();
  }

  long tablePosition() {
    return tablePosition;
  }

  int tableClusters() {
    return table.length >>> (clusterBits - 3);
  }

  long get(long cluster) throws IOException {
    long block = blockOf(cluster);
    if (block == 0) {
      return 0;
    }
    return width.get(words.bigEndianLong(block + width.wordAt(cluster)), cluster);
  }

  /**
   * Returns the first cluster from {@code from} on that has no references, or whose refcount has no
   * block; {@code limit} if none before that does.
   */
  long nextUnused(long from, long limit) throws IOException {
    long cluster = from;
    while (cluster < limit) {
      long block = blockOf(cluster);
      if (block == 0) {
        return cluster;
      }
      long word = words.bigEndianLong(block + width.wordAt(cluster));
      long end = (cluster | width.perWord() - 1) + 1;
      if (width.hasZero(word)) {
        for (; cluster < end; cluster++) {
          if (width.get(word, cluster) == 0) {
            return Math.min(cluster, limit);
          }
        }
      }
      cluster = end;
    }
    return limit;
  }

  /** Sets a refcount, for which there is a block. */
  void set(long cluster, long refcount) throws IOException {
    long position = blockOf(cluster) + width.wordAt(cluster);
    long word = width.with(words.bigEndianLong(position), cluster, refcount);
    pages.write(position, word, WriteOrder.REFCOUNT_BLOCK);
  }

  /**
   * Returns whether any cluster from one on counts as used; so it may if its count is not there.
   */
  boolean anyFrom(long first) throws IOException {
    long size = storage.size();
    KnownHole holes = new KnownHole(storage);
    int perWord = Long.SIZE >>> width.order();
    for (int i = (int) Math.min(first >>> blockBits(), table.length); i < table.length; i++) {
      if (table[i] >= size) {
        return true;
      }
      if (table[i] == 0 || holes.contains(table[i], 1L << clusterBits)) {
        continue;
      }
      long stop = (i + 1L) << blockBits();
      long cluster = Math.max(first, (long) i << blockBits());
      while (cluster < stop) {
        boolean whole = (cluster & perWord - 1) == 0;
        long used = whole ? words.bigEndianLong(table[i] + width.wordAt(cluster)) : get(cluster);
        if (used != 0) {
          return true;
        }
        cluster += whole ? perWord : 1;
      }
    }
    return false;
  }

  /** Returns whether the table has room for the block of a cluster. */
  boolean tableReaches(long cluster) {
    return cluster >>> blockBits() < table.length;
  }

  /**
   * Makes {@code blockCluster} the refcount block of the clusters around {@code cluster}, with all
   * refcounts 0.
   */
  void addBlock(long cluster, long blockCluster) throws IOException {
    int index = (int) (cluster >>> blockBits());
    long position = blockCluster << clusterBits;
    if (!tableMoved) {
      // This comes first, as it alone can fail.
      pages.write(tablePosition + ((long) index << 3), position, WriteOrder.REFCOUNT_TABLE);
    }
    pages.clear(position, 1L << clusterBits, WriteOrder.REFCOUNT_BLOCK);
    table[index] = position;
  }

  /** Moves a block, with its refcounts, to a cluster that is in use for it. */
  void moveBlock(int index, long position) throws IOException {
    long old = table[index];
    pages.write(tablePosition + ((long) index << 3), position, WriteOrder.REFCOUNT_TABLE);
    pages.clear(position, 1L << clusterBits, WriteOrder.REFCOUNT_BLOCK);
    for (long at = 0; at < 1L << clusterBits; at += Long.BYTES) {
      pages.write(position + at, words.bigEndianLong(old + at), WriteOrder.REFCOUNT_BLOCK);
    }
    table[index] = position;
  }

  /** Returns whether all refcounts of a block are 0. */
  boolean isEmpty(int index) throws IOException {
    for (long at = 0; at < 1L << clusterBits; at += Long.BYTES) {
      if (words.bigEndianLong(table[index] + at) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Takes a block in which all refcounts are 0 out of the table. */
  void removeBlock(int index) throws IOException {
    pages.write(tablePosition + ((long) index << 3), 0, WriteOrder.REFCOUNT_TABLE);
    table[index] = 0;
  }

  /**
   * Makes the table longer, without yet saying where it will be; or as short again as it was, if no
   * place was found.
   *
   * @param moved whether the table is elsewhere than the header says
   */
  void growTable(int clusters, boolean moved) {
    table = Arrays.copyOf(table, clusters << (clusterBits - 3));
    tableMoved = moved;
  }

  /** Sets the position of the longer table. */
  void placeTable(long position) {
    tablePosition = position;
  }

  boolean tableMoved() {
    return tableMoved;
  }

  /**
   * Writes the refcount table out, if it has changed, and makes it durable. If the table has moved,
   * the header points to it only then.
   */
  void writeTable(HeaderFields fields, Barriers barriers) throws IOException {
    if (!tableMoved) {
      if (pages.isDirty(WriteOrder.REFCOUNT_TABLE)) {
        pages.writeOut(WriteOrder.REFCOUNT_TABLE);
        barriers.after(WriteStep.REFCOUNT_TABLE);
      }
      return;
    }
    pages.clear(tablePosition, (long) table.length << 3, WriteOrder.REFCOUNT_TABLE);
    for (int i = 0; i < table.length; i++) {
      if (table[i] != 0) {
        pages.write(tablePosition + ((long) i << 3), table[i], WriteOrder.REFCOUNT_TABLE);
      }
    }
    pages.writeOut(WriteOrder.REFCOUNT_TABLE);
    barriers.after(WriteStep.REFCOUNT_TABLE);
    fields.refcountTable(tablePosition, tableClusters());
    barriers.after(WriteStep.REFCOUNT_TABLE_SWITCH);
    tableMoved = false;
  }
}
