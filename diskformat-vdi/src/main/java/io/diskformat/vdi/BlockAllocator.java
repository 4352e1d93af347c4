package io.diskformat.vdi;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.BitSet;

/**
 * Hands out blocks of the file. All blocks up to a number, {@link #count()}, have a place in the
 * file, and those of them that the map does not use are free.
 *
 * <p>What is freed is handed out again only once the map that no longer has it is durable. Safe for
 * use by many threads at once.
 */
final class BlockAllocator {
  private static final long MIN_STEP = 1 << 20;
  private static final long MAX_STEP = 64 << 20;

  /**
   * Blocks of the file, one after the other.
   *
   * @param first the number of the first
   * @param count how many there are
   */
  record Run(long first, int count) {}

  private final Storage storage;
  private final BlockMap map;
  private final long blockSize;
  private final long stride;

  /** The blocks before {@link #count} that are free. */
  private final BitSet free = new BitSet();

  private final BitSet freed = new BitSet();

  /** What was freed and then given back to the same block of the disk. */
  private final BitSet regained = new BitSet();

  private int count;

  /** The file held something up to here, in bytes, when it was opened; beyond, it is zero. */
  private long touched;

  /** Space of the host is reserved up to here, in bytes. */
  private long reserved;

  /**
   * Creates an allocator for an image, reading all of its map.
   *
   * @throws CorruptImageException if the map has a block twice, or one that cannot be
   * @throws UnsupportedFeatureException if there are too many blocks
   */
  BlockAllocator(Storage storage, BlockMap map, VdiHeader header) throws IOException {
    if (header.allocatedBlocks() >= Integer.MAX_VALUE) {
      throw new UnsupportedFeatureException(
          storage.name(), "writing a VDI image with " + header.allocatedBlocks() + " blocks");
    }
    this.storage = storage;
    this.map = map;
    this.blockSize = header.blockSize();
    this.stride = header.stride();
    this.count = (int) header.allocatedBlocks();
    this.touched = storage.size();
    this.reserved = touched;
    free.or(unused(header));
  }

  private BitSet unused(VdiHeader header) throws IOException {
    BitSet used = new BitSet();
    for (long block = 0; block < map.blocks(); block++) {
      long entry = map.entry(block);
      if (entry >= BlockMap.ZERO) {
        continue;
      }
      if (entry >= count || map.position(entry) >= touched) {
        throw corrupt(header, block, entry, "which is not there");
      }
      if (used.get((int) entry)) {
        throw corrupt(header, block, entry, "which is another block's, too");
      }
      used.set((int) entry);
    }
    BitSet unused = new BitSet();
    // What is beyond the last that is used need not be counted, so that a header cannot make this
    // larger than the map.
    count = used.length();
    unused.set(0, count);
    unused.andNot(used);
    return unused;
  }

  private CorruptImageException corrupt(VdiHeader header, long block, long entry, String problem) {
    return new CorruptImageException(
        storage.name(),
        "block map",
        header.mapOffset() + (block << 2),
        "says block " + entry + " of the file for block " + block + " of the disk, " + problem);
  }

  /** Returns how many blocks have a place. */
  synchronized int count() {
    return count;
  }

  /** Returns whether any block waits to be free. */
  synchronized boolean hasFreed() {
    return !freed.isEmpty();
  }

  /** Returns the free blocks. */
  synchronized BitSet free() {
    return (BitSet) free.clone();
  }

  /**
   * Hands out blocks, which hold zeroes.
   *
   * @param wanted at least 1; fewer may be handed out
   * @throws IOException if the host has no space
   */
  synchronized Run allocate(int wanted) throws IOException {
    int first = free.nextSetBit(0);
    if (first >= 0) {
      int run = Math.min(wanted, free.nextClearBit(first) - first);
      prepare(first, run);
      free.clear(first, first + run);
      return new Run(first, run);
    }
    if (count > Integer.MAX_VALUE - 1 - wanted) {
      throw new IOException(storage.name() + ": has no more blocks to give");
    }
    prepare(count, wanted);
    first = count;
    count += wanted;
    return new Run(first, wanted);
  }

  /** Reserves space of the host for blocks, and has them hold zeroes. */
  private void prepare(int first, int run) throws IOException {
    long start = map.position(first);
    long end = map.position(first + run - 1L) + blockSize;
    if (end > reserved) {
      long step = Math.clamp(reserved / 4, MIN_STEP, MAX_STEP);
      try {
        storage.reserve(reserved, Math.max(end, reserved + step) - reserved);
        reserved = Math.max(end, reserved + step);
      } catch (IOException e) {
        // There may still be room for what is needed now.
        storage.reserve(reserved, end - reserved);
        reserved = end;
      }
    }
    if (start < touched) {
      // What extra data there is between blocks is nobody's yet.
      storage.zero(start, Math.min(end, touched) - start, false);
    }
    touched = Math.max(touched, end);
  }

  /**
   * Hands out a block, which holds zeroes, to the one block of the disk that the durable map has
   * there, if that block was freed.
   *
   * @return whether it was
   * @throws IOException if the host has no space
   */
  synchronized boolean regain(long fileBlock) throws IOException {
    int block = (int) fileBlock;
    if (!freed.get(block)) {
      return false;
    }
    prepare(block, 1);
    freed.clear(block);
    regained.set(block);
    return true;
  }

  /** Returns whether a block was freed, and the durable map may still point to it. */
  synchronized boolean isFreed(long fileBlock) {
    return freed.get((int) fileBlock);
  }

  /** Takes back blocks to which the map has not pointed yet. */
  synchronized void abandon(long first, int run) {
    for (int block = (int) first; block < first + run; block++) {
      if (regained.get(block)) {
        // Still nobody else's: the durable map points there.
        regained.clear(block);
        freed.set(block);
      } else {
        free.set(block);
      }
    }
  }

  /** Takes back a block to which the map no longer points, though the durable one still may. */
  synchronized void free(long block) {
    freed.set((int) block);
  }

  /** Takes back what was freed: the durable map no longer points there. */
  synchronized void settleFreed() throws IOException {
    for (int block = freed.nextSetBit(0); block >= 0; block = freed.nextSetBit(block)) {
      int end = freed.nextClearBit(block);
      free.set(block, end);
      long start = map.position(block);
      long stop = Math.min(map.position(end - 1L) + blockSize, storage.size());
      if (start < stop) {
        storage.zero(start, stop - start, true);
      }
      block = end;
    }
    freed.clear();
    regained.clear();
  }

  /** Forgets the free blocks: only the first so many have a place now, and all are used. */
  synchronized void shrinkTo(int blocks) {
    free.clear();
    count = blocks;
  }

  /** Goes on after blocks were moved: that many have a place now, and all are used. */
  synchronized void moved(long blocks) throws IOException {
    shrinkTo((int) blocks);
    touched = storage.size();
    reserved = touched;
  }

  /** Cuts off the file what is behind the last block. */
  synchronized void trim() throws IOException {
    long end = map.position(0) - (stride - blockSize) + count * stride;
    if (end < storage.size()) {
      storage.resize(end);
      touched = Math.min(touched, end);
      reserved = Math.min(reserved, end);
    }
  }
}
