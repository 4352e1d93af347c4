package io.diskformat.vdi;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.SpaceAhead;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Hands out blocks of the file. All blocks up to a number, {@link #count()}, have a place in the
 * file, and those of them that the map does not use are free.
 *
 * <p>What is freed is handed out again only once the map that no longer has it is durable. Safe for
 * use by many threads at once.
 */
final class BlockAllocator {
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

  /**
   * The blocks that wait to be free, each by the block of the disk it was. One that nobody has is
   * by a negative number.
   */
  private final Map<Long, Integer> freed = new HashMap<>();

  /** The blocks that were given again to whom the durable map may still have them for. */
  private final BitSet regained = new BitSet();

  private int count;

  /** The size of {@link #freed}, which every write asks for, and so must not wait for. */
  private volatile int freedCount;

  /** The file held something up to here, in bytes, when it was opened; beyond, it is zero. */
  private long touched;

  private final SpaceAhead space;

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
    this.space = new SpaceAhead(storage);
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

  /** Returns how many blocks wait to be free. */
  int freedCount() {
    return freedCount;
  }

  /** Returns the free blocks. */
  synchronized BitSet free() {
    return (BitSet) free.clone();
  }

  /**
   * Hands out blocks, which hold zeroes. A block of the disk whose place waits to be free gets that
   * again: nobody else may have it, and so there are never more places than blocks of the disk, as
   * the format demands.
   *
   * @param block of the disk, that has no place
   * @param most at least 1; how many from there on have none; fewer may be handed out
   * @throws IOException if the host has no space
   */
  synchronized Run allocate(long block, int most) throws IOException {
    Integer before = freed.get(block);
    if (before != null) {
      prepare(before, 1);
      freed.remove(block);
      freedCount = freed.size();
      regained.set(before);
      return new Run(before, 1);
    }
    int wanted = 1;
    while (wanted < most && !freed.containsKey(block + wanted)) {
      wanted++;
    }
    int first = free.nextSetBit(0);
    if (first >= 0) {
      int run = Math.min(wanted, free.nextClearBit(first) - first);
      prepare(first, run);
      free.clear(first, first + run);
      return new Run(first, run);
    }
    if (count + (long) wanted > map.blocks()) {
      // After failures alone: what was given back then is free after a flush.
      throw new IOException(storage.name() + ": has no more blocks to give before a flush");
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
    space.reach(end);
    if (start < touched) {
      // What extra data there is between blocks is nobody's yet.
      storage.zero(start, Math.min(end, touched) - start, false);
    }
    touched = Math.max(touched, end);
  }

  /** Takes back blocks to which the map has not pointed yet. */
  synchronized void abandon(long first, int run) {
    for (int block = (int) first; block < first + run; block++) {
      if (regained.get(block)) {
        freed.put(-1L - block, block);
      } else {
        free.set(block);
      }
    }
    freedCount = freed.size();
  }

  /**
   * Takes back a block to which the map no longer points, though the durable one still may.
   *
   * @param block of the disk
   * @param fileBlock its place
   */
  synchronized void free(long block, long fileBlock) {
    freed.put(block, (int) fileBlock);
    freedCount = freed.size();
  }

  /**
   * Takes back a block of the disk's place.
   *
   * @param entry what the map then has for it, which shows the same
   */
  void forget(long block, long entry) throws IOException {
    long old = map.entry(block);
    map.set(block, entry);
    free(block, old);
  }

  /** Takes back what was freed: the durable map no longer points there. */
  synchronized void settleFreed() {
    BitSet settled = new BitSet();
    freed.values().forEach(settled::set);
    free.or(settled);
    freed.clear();
    freedCount = 0;
    regained.clear();
    try {
      giveBack(settled);
    } catch (IOException e) {
      // Then the host keeps the space; what is there is not read before it is zeroes.
    }
  }

  private void giveBack(BitSet blocks) throws IOException {
    for (int block = blocks.nextSetBit(0); block >= 0; ) {
      int end = blocks.nextClearBit(block);
      long start = map.position(block);
      long stop = Math.min(map.position(end - 1L) + blockSize, storage.size());
      if (start < stop) {
        storage.zero(start, stop - start, true);
      }
      block = blocks.nextSetBit(end);
    }
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
    space.moved(touched);
  }

  /** Cuts off the file what is behind the last block. */
  synchronized void trim() throws IOException {
    long end = map.position(0) - (stride - blockSize) + count * stride;
    if (end < storage.size()) {
      storage.resize(end);
      touched = Math.min(touched, end);
      space.moved(Math.min(space.end(), end));
    }
  }
}
