package io.diskformat.vdi;

import io.diskformat.layer.PaddedCopy;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Moves the last blocks of the file to free places, so that all used blocks come first. Between the
 * two steps the caller makes durable what the first one wrote. Not thread-safe.
 */
final class BlockMover {
  private final Storage storage;
  private final BlockMap map;
  private final BitSet free;
  private final int used;
  private long[] movedBlocks = new long[16];
  private int[] targets = new int[16];
  private int moves;

  BlockMover(Storage storage, BlockMap map, BlockAllocator allocator) {
    this.storage = storage;
    this.map = map;
    this.free = allocator.free();
    this.used = allocator.count() - free.cardinality();
  }

  /** Returns how many blocks are used, and so have a place in the end. */
  int blocksLeft() {
    return used;
  }

  /** Copies blocks to free places; returns whether there was any to copy. */
  boolean copyLastBlocks(MoveListener listener) throws IOException {
    int target = free.nextSetBit(0);
    if (target < 0 || target >= used) {
      return false;
    }
    for (long block = 0; block < map.blocks() && target >= 0 && target < used; block++) {
      long entry = map.entry(block);
      if (entry >= used && BlockMap.isStored(entry)) {
        copy(storage, map.position(entry), map.position(target), 1L << map.blockBits());
        add(block, target);
        listener.moved(1L << map.blockBits());
        target = free.nextSetBit(target + 1);
      }
    }
    return moves > 0;
  }

  private void add(long block, int target) {
    if (moves == targets.length) {
      movedBlocks = Arrays.copyOf(movedBlocks, 2 * moves);
      targets = Arrays.copyOf(targets, 2 * moves);
    }
    movedBlocks[moves] = block;
    targets[moves++] = target;
  }

  /** Makes the map point to the copies. */
  void pointToCopies() throws IOException {
    for (int i = 0; i < moves; i++) {
      map.set(movedBlocks[i], targets[i]);
    }
  }

  /** Copies bytes of a file, reading what is beyond its end as zeroes. */
  static void copy(Storage storage, long from, long to, long length) throws IOException {
    storage.reserve(to, length);
    PaddedCopy.within(storage, from, to, length);
  }
}
