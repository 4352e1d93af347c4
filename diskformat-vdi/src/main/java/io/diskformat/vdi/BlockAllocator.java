package io.diskformat.vdi;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.layer.MapWriter.Placement;
import io.diskformat.storage.Storage;
import io.diskformat.table.FileEnd;
import io.diskformat.table.FreedSpace;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Hands out blocks of the file. The first {@link #count()} blocks have a place in the file, and
 * those of them that the map does not use are free.
 *
 * <p>What is freed is handed out again only once the map that no longer has it is durable.
 * Thread-safe.
 */
final class BlockAllocator {
  /**
   * The most blocks that can be counted, in a few bit sets of 8 MiB each: 64 TiB in the usual
   * blocks of 1 MiB.
   */
  static final int MOST_COUNTABLE = 1 << 26;

  /** How many blocks may wait to be free before a flush is due. */
  private static final int MAX_FREED = 1 << 16;

  private final Storage storage;
  private final BlockMap map;
  private final long blockSize;
  private final long stride;

  /** The blocks before {@link #count} that are free. */
  private final BitSet free = new BitSet();

  private final FreedSpace freed;

  /** By block of the disk: the block of the file that it had, and that waits to be free. */
  private final Map<Long, Integer> waiting = new HashMap<>();

  /**
   * The blocks that waited to be free, and that the same block of the disk uses again: that block.
   */
  private final Map<Integer, Long> regained = new HashMap<>();

  private final FileEnd end;
  private int count;

  /**
   * Creates an allocator for an image, reading all of its map.
   *
   * @throws CorruptImageException if the map has a block of the file twice, or one that cannot be
   * @throws UnsupportedFeatureException if there are too many blocks
   */
  BlockAllocator(Storage storage, BlockMap map, VdiHeader header) throws IOException {
    if (header.allocatedBlocks() > MOST_COUNTABLE) {
      throw new UnsupportedFeatureException(
          storage.name(), "writing a VDI image with " + header.allocatedBlocks() + " blocks");
    }
    this.storage = storage;
    this.map = map;
    this.blockSize = header.blockSize();
    this.stride = header.stride();
    this.count = (int) header.allocatedBlocks();
    this.freed = new FreedSpace(storage, blockSize, MAX_FREED);
    this.end = new FileEnd(storage, false);
    free.or(unused(header));
    if (count > 0) {
      // The last block may be written in place behind the end of the file.
      end.use(map.position(count - 1) + blockSize);
    }
  }

  private BitSet unused(VdiHeader header) throws IOException {
    BitSet used = new BitSet();
    for (long block = 0; block < map.blocks(); block++) {
      long entry = map.entry(block);
      if (!BlockMap.isStored(entry)) {
        continue;
      }
      if (entry >= count || map.position(entry) >= end.used()) {
        throw corrupt(header, block, entry, "which is not there");
      }
      if (used.get((int) entry)) {
        throw corrupt(header, block, entry, "which is another block's, too");
      }
      used.set((int) entry);
    }
    BitSet unused = new BitSet();
    // Blocks beyond the last used one are not counted, so that a header cannot make this larger
    // than the map.
    count = used.length();
    unused.set(0, count);
    unused.andNot(used);
    return unused;
  }

  private CorruptImageException corrupt(VdiHeader header, long block, long entry, String problem) {
    return new CorruptImageException(
        storage.name(),
        "block map",
        header.mapPosition() + (block << 2),
        "says block " + entry + " of the file for block " + block + " of the disk, " + problem);
  }

  /** Returns how many blocks have a place. */
  synchronized int count() {
    return count;
  }

  /** Returns the blocks that are free after the next flush. */
  FreedSpace freed() {
    return freed;
  }

  /** Returns the free blocks. */
  synchronized BitSet free() {
    return (BitSet) free.clone();
  }

  /**
   * Hands out blocks, which hold zeroes. A block of the disk whose place waits to be free gets that
   * place again: no other block may have it, and so there are never more places than blocks of the
   * disk, as the format demands.
   *
   * @param block the first block of the disk, which has no place
   * @param most how many blocks from there on have no place, at least 1; fewer may be handed out
   * @throws IOException if the host has no space
   */
  synchronized Placement allocate(long block, int most) throws IOException {
    Integer before = waiting.get(block);
    if (before != null) {
      Placement place = prepare(before, 1);
      waiting.remove(block);
      regained.put(before, block);
      return place;
    }
    int wanted = 1;
    while (wanted < most && !waiting.containsKey(block + wanted)) {
      wanted++;
    }
    int first = free.nextSetBit(0);
    if (first >= 0) {
      int run = Math.min(wanted, free.nextClearBit(first) - first);
      Placement place = prepare(first, run);
      free.clear(first, first + run);
      return place;
    }
    if (count + (long) wanted > map.blocks()) {
      // Happens only after failures: what was given back then is free after a flush.
      throw new IOException(storage.name() + ": has no more blocks to give before a flush");
    }
    Placement place = prepare(count, wanted);
    count += wanted;
    return place;
  }

  /** Reserves space of the host for blocks, and makes them hold zeroes. */
  private Placement prepare(int first, int run) throws IOException {
    // The extra data between blocks is not in use yet.
    end.useZeroed(map.position(first), map.position(first + run - 1L) + blockSize);
    return new Placement(map.position(first), run, true, true);
  }

  /** Takes back blocks to which the map has not pointed yet. */
  synchronized void abandon(long position, int run) {
    int first = (int) map.fileBlock(position);
    for (int block = first; block < first + run; block++) {
      Long waits = regained.remove(block);
      if (waits == null) {
        free.set(block);
      } else {
        // It waits to be free again, as before: for no other block, as there might be no place for
        // this one.
        waiting.put(waits, block);
      }
    }
  }

  /**
   * Takes back a block to which the map no longer points, though the durable one still may.
   *
   * @param block of the disk
   * @param fileBlock its place
   */
  synchronized void free(long block, long fileBlock) {
    if (regained.remove((int) fileBlock) == null) {
      freed.add(map.position(fileBlock));
    }
    waiting.put(block, (int) fileBlock);
  }

  /**
   * Takes back the place of a block of the disk.
   *
   * @param entry the new entry of the block, with which the disk reads the same
   */
  void forget(long block, long entry) throws IOException {
    long old = map.entry(block);
    map.set(block, entry);
    free(block, old);
  }

  /** Takes back what was freed: the durable map no longer points there. */
  synchronized void settleFreed() throws IOException {
    freed.settle(position -> {
      int block = (int) map.fileBlock(position);
      free.set(block, !regained.containsKey(block));
      return free.get(block);
    });
    waiting.clear();
    regained.clear();
  }

  /** Forgets the free blocks: only the first {@code blocks} have a place now, and all are used. */
  synchronized void shrinkTo(int blocks) {
    free.clear();
    count = blocks;
  }

  /**
   * Goes on after blocks were moved: the first {@code blocks} have a place now, and all are used.
   */
  synchronized void moved(long blocks) throws IOException {
    shrinkTo((int) blocks);
    end.moved();
  }

  /** Cuts the file off behind the last block. */
  synchronized void trim() throws IOException {
    end.trim(map.position(0) - (stride - blockSize) + count * stride);
  }
}
