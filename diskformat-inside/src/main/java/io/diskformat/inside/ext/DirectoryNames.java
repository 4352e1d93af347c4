package io.diskformat.inside.ext;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * In which blocks of a directory without an index its names are, by hashes of the names; and where
 * there may be room for others. A name that is here may be gone, but none is missing.
 */
final class DirectoryNames {
  private static final int FIRST_CAPACITY = 1 << 12;
  private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;
  private static final int SHIFT = 29;
  private static final int UNIT = 4;

  /** The largest entry, of a name of 255 bytes, in units. */
  private static final int MOST_UNITS = 66;

  /** So that nobody knows which names have the same hash. */
  private final long seed = ThreadLocalRandom.current().nextLong();

  private final int most;
  private int[] hashes = new int[FIRST_CAPACITY];

  /** The blocks of the directory, one added to each; 0 where there is none. */
  private int[] blocks = new int[FIRST_CAPACITY];

  private int size;

  /** Before which block there is no room for an entry, by the size of that in units. */
  private final long[] rooms = new long[MOST_UNITS + 1];

  /**
   * Knows of no name.
   *
   * @param most how many names are kept
   */
  DirectoryNames(int most) {
    this.most = most;
  }

  /** Returns whether the names are all here, and not too many. */
  boolean isWhole() {
    return size <= most;
  }

  /** Returns how many are kept. */
  int size() {
    return isWhole() ? size : 0;
  }

  private int hash(byte[] name) {
    long hash = seed;
    for (byte each : name) {
      hash = (hash ^ each) * SPREAD;
      hash ^= hash >>> SHIFT;
    }
    return (int) (hash >>> Integer.SIZE);
  }

  /** Notes that a block has a name. */
  void add(byte[] name, long block) {
    if (!isWhole() || !put(hash(name), (int) block + 1)) {
      return;
    }
    size++;
    if (!isWhole()) {
      hashes = new int[0];
      blocks = new int[0];
    } else if (size > blocks.length / 2) {
      int[] oldHashes = hashes;
      int[] oldBlocks = blocks;
      hashes = new int[oldHashes.length * 2];
      blocks = new int[oldBlocks.length * 2];
      for (int i = 0; i < oldBlocks.length; i++) {
        if (oldBlocks[i] != 0) {
          boolean _ = put(oldHashes[i], oldBlocks[i]);
        }
      }
    }
  }

  /** Returns whether it was not there. */
  private boolean put(int hash, int block) {
    int at = hash & (blocks.length - 1);
    while (blocks[at] != 0) {
      if (hashes[at] == hash && blocks[at] == block) {
        return false;
      }
      at = (at + 1) & (blocks.length - 1);
    }
    hashes[at] = hash;
    blocks[at] = block;
    return true;
  }

  /** Returns the blocks that may have a name: most often one, or none. */
  long[] blocks(byte[] name) {
    int hash = hash(name);
    IntStream.Builder found = IntStream.builder();
    for (int at = hash & (blocks.length - 1);
        blocks[at] != 0;
        at = (at + 1) & (blocks.length - 1)) {
      if (hashes[at] == hash) {
        found.add(blocks[at] - 1);
      }
    }
    return found.build().asLongStream().toArray();
  }

  /** Returns the first block in which there may be room for an entry. */
  long roomFrom(int entrySize) {
    return rooms[entrySize / UNIT];
  }

  /** Notes that there is no room for an entry before a block, nor for larger ones. */
  void noteNoRoom(int entrySize, long before) {
    for (int i = entrySize / UNIT; i < rooms.length; i++) {
      rooms[i] = Math.max(rooms[i], before);
    }
  }

  /** Notes that a block has room for entries up to a size. */
  void noteRoom(int entrySize, long block) {
    for (int i = 0; i <= Math.min(entrySize / UNIT, MOST_UNITS); i++) {
      rooms[i] = Math.min(rooms[i], block);
    }
  }

  /** Forgets where there is no room. */
  void forgetRooms() {
    Arrays.fill(rooms, 0);
  }
}
