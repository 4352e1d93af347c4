package io.diskformat.qcow2;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * A refcount table and, after it, refcount blocks that are made anew behind the end of the file.
 * Nothing of the present ones is changed, and the image uses the new ones from the moment on at
 * which one write of the header says where they are. Their own clusters are counted in them, too.
 */
abstract sealed class NewRefcounts permits RefcountRebuild, RefcountWidth {
  final Storage storage;

  /** How refcounts lie in a block. */
  final RefcountBlock width;

  final int clusterBits;

  /** The first cluster of the table, after all that is in use. */
  final long first;

  /** The numbers of the blocks that are needed. */
  private final BitSet needed = new BitSet();

  private int tableClusters;

  /** The first cluster behind the blocks. */
  private long end;

  private ByteBuffer table = ByteBuffer.allocate(0);

  /** The cluster of the block that is written next. */
  private long place;

  NewRefcounts(Storage storage, RefcountBlock width, int clusterBits, long first) {
    this.storage = storage;
    this.width = width;
    this.clusterBits = clusterBits;
    this.first = first;
  }

  /** Calls {@link #need} for clusters with a refcount, one of each block at least. */
  abstract void findBlocks() throws IOException;

  /** Calls {@link #write} for all blocks that are needed, in their order. */
  abstract void writeBlocks() throws IOException;

  /** Makes the header say where table and blocks are. */
  abstract void switchTo(long position, int clusters) throws IOException;

  /**
   * Makes table and blocks, and makes them durable; then the header says where they are, which is
   * yet to be made durable.
   *
   * @param step the name of the barrier before that
   * @throws UnsupportedFeatureException if the table would be too long
   */
  final void make(WriteStep step) throws IOException {
    findBlocks();
    // They may need further blocks for themselves.
    for (long before = -1; before != end; ) {
      before = end;
      for (long cluster = first; cluster < end; cluster++) {
        need(cluster);
      }
      long bytes = Math.max(1, (long) needed.length() << RefcountTableEntry.SIZE_BITS);
      tableClusters = (int) (((bytes - 1) >>> clusterBits) + 1);
      end = first + tableClusters + needed.cardinality();
    }
    long size = storage.size();
    boolean written = false;
    try {
      storage.reserve(first << clusterBits, (end - first) << clusterBits);
      table = ByteBuffer.allocate(tableClusters << clusterBits);
      place = first + tableClusters;
      writeBlocks();
      storage.write(first << clusterBits, MemorySegment.ofBuffer(table));
      storage.flush(step);
      written = true;
    } finally {
      if (!written) {
        storage.resize(size);
      }
    }
    switchTo(first << clusterBits, tableClusters);
  }

  /** Notes that a cluster needs a block. */
  final void need(long cluster) throws UnsupportedFeatureException {
    long index = cluster >>> width.clustersBits();
    if (index >= Qcow2Header.MAX_REFCOUNT_TABLE_BYTES >>> RefcountTableEntry.SIZE_BITS) {
      throw new UnsupportedFeatureException(storage.name(), "a refcount table of more than 8 MiB");
    }
    needed.set((int) index);
  }

  /** Returns the number of the next block that is needed, from one on, or -1. */
  final int nextNeeded(int index) {
    return needed.nextSetBit(index);
  }

  /** Writes a block that is needed, with the refcounts of all clusters but its own. */
  final void write(int index, ByteBuffer block) throws IOException {
    long start = (long) index << width.clustersBits();
    long stop = Math.min(end, start + (1L << width.clustersBits()));
    for (long own = Math.max(first, start); own < stop; own++) {
      int at = (int) width.wordAt(own);
      block.putLong(at, width.with(block.getLong(at), own, 1));
    }
    table.putLong(index << RefcountTableEntry.SIZE_BITS, place << clusterBits);
    storage.write(place++ << clusterBits, MemorySegment.ofBuffer(block.clear()));
  }
}
