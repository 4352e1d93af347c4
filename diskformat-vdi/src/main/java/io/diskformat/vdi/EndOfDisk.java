package io.diskformat.vdi;

import io.diskformat.BlockDevice;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What is at the end of a disk, and behind it, before its size changes: what is added must read as
 * zeroes from the first instant at which it is there, and what is cut off must not come back.
 */
final class EndOfDisk {
  private static final int PIECE = 1 << 20;

  private final Storage storage;
  private final BlockMap map;
  private final BlockAllocator allocator;
  private final VdiHeader header;

  EndOfDisk(Storage storage, BlockMap map, BlockAllocator allocator, VdiHeader header) {
    this.storage = storage;
    this.map = map;
    this.allocator = allocator;
    this.header = header;
  }

  /**
   * Changes the map, and what is stored, to what another size demands.
   *
   * @param newSize of the disk, in bytes
   * @param parent what shows where this image has nothing, if there is such
   */
  void prepare(long newSize, @Nullable BlockDevice parent) throws IOException {
    if (header.blocksFor(newSize) < map.blocks()) {
      cut(header.blocksFor(newSize));
    }
    if (newSize > header.size()) {
      clearLastBlock();
      if (parent != null && parent.size() > header.size()) {
        coverParent(parent);
      }
    }
  }

  /** Has what the last block holds behind the disk's end be zeroes. */
  private void clearLastBlock() throws IOException {
    long size = header.size();
    long used = size & (header.blockSize() - 1);
    long entry = used == 0 ? BlockMap.FREE : map.entry(size >>> map.blockBits());
    if (entry < BlockMap.ZERO) {
      long start = map.position(entry) + used;
      long end = Math.min(map.position(entry) + header.blockSize(), storage.size());
      if (start < end) {
        storage.zero(start, end - start, false);
      }
    }
  }

  /** Has nothing that the parent has behind the disk's end show once that is further away. */
  private void coverParent(BlockDevice parent) throws IOException {
    long size = header.size();
    long used = size & (header.blockSize() - 1);
    long last = size >>> map.blockBits();
    if (used > 0 && map.entry(last) == BlockMap.FREE) {
      storeFromParent(parent, last, used);
    }
    for (long block = header.blocksFor(size); block < map.blocks(); block++) {
      if (map.entry(block) == BlockMap.FREE) {
        map.set(block, BlockMap.ZERO);
      }
    }
  }

  /** Gives a block a place, with the first bytes that the parent has there, and zeroes. */
  private void storeFromParent(BlockDevice parent, long block, long length) throws IOException {
    map.hold(block);
    long fileBlock = allocator.allocate(block, 1).first();
    boolean stored = false;
    try {
      MemorySegment buffer = MemorySegment.ofArray(new byte[(int) Math.min(PIECE, length)]);
      for (long done = 0; done < length; done += PIECE) {
        MemorySegment piece = buffer.asSlice(0, Math.min(PIECE, length - done));
        parent.read((block << map.blockBits()) + done, piece);
        storage.write(map.position(fileBlock) + done, piece);
      }
      map.set(block, fileBlock);
      stored = true;
    } finally {
      if (!stored) {
        allocator.abandon(fileBlock, 1);
      }
    }
  }

  /** Forgets all blocks from that one on. */
  private void cut(long firstBlock) throws IOException {
    // If the power is cut before the disk is shorter, what the parent has there must not show.
    long cleared = header.hasParent() ? BlockMap.ZERO : BlockMap.FREE;
    for (long block = firstBlock; block < map.blocks(); block++) {
      if (map.entry(block) < BlockMap.ZERO) {
        allocator.forget(block, cleared);
      }
    }
  }
}
