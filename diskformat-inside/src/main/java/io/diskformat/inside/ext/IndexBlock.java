package io.diskformat.inside.ext;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A block of the index of a directory, to be gone over or changed, as DirectoryIndex draws it. */
final class IndexBlock {
  private static final int ENTRY = DirectoryBlocks.INDEX_ENTRY;
  private static final int BLOCK = 0x0FFF_FFFF;

  private final ByteBuffer bytes;
  private final int at;

  /**
   * Creates a view of a block.
   *
   * @param bytes changed in place
   * @param isRoot whether it is the first of the directory
   */
  IndexBlock(byte[] bytes, boolean isRoot) {
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.at = isRoot ? DirectoryBlocks.ROOT_INDEX_AT : DirectoryBlocks.INDEX_AT;
  }

  /**
   * Makes a block one of an index, without entries.
   *
   * @param end what its entries may not reach behind
   */
  static IndexBlock begin(byte[] bytes, int end) {
    new EntryBlock(bytes, true, bytes.length).clear();
    IndexBlock block = new IndexBlock(bytes, false);
    block.bytes.putShort(block.at, (short) ((end - block.at) / ENTRY));
    return block;
  }

  /** Returns how many entries there may be. */
  int most() {
    return Short.toUnsignedInt(bytes.getShort(at));
  }

  int count() {
    return Short.toUnsignedInt(bytes.getShort(at + 2));
  }

  private void setCount(int count) {
    bytes.putShort(at + 2, (short) count);
  }

  boolean isFull() {
    return count() >= most();
  }

  /** Returns whether all entries that there may be are within the block, and there is one. */
  boolean makesSense(int end) {
    return count() > 0 && count() <= most() && at + most() * ENTRY <= end;
  }

  /** Returns the number by which an entry begins; of the first there is none. */
  int lowest(int entry) {
    return bytes.getInt(at + entry * ENTRY);
  }

  /** Returns the block of the directory that an entry leads to. */
  long below(int entry) {
    return bytes.getInt(at + entry * ENTRY + Integer.BYTES) & BLOCK;
  }

  /** Returns the last entry whose hashes begin at one or before it. */
  int find(long hash) {
    int found = 0;
    for (int i = 1; i < count(); i++) {
      if (Integer.toUnsignedLong(lowest(i) & ~1) <= hash) {
        found = i;
      }
    }
    return found;
  }

  /**
   * Returns the last entry whose hashes begin at one or before it, but for those that go on with a
   * hash that the one before has, too.
   */
  int findFirst(long hash) {
    int found = 0;
    for (int i = 1; i < count(); i++) {
      if (Integer.toUnsignedLong(lowest(i)) <= hash) {
        found = i;
      }
    }
    return found;
  }

  /** Returns whether an entry begins with a hash. */
  boolean beginsWith(int entry, long hash) {
    return Integer.toUnsignedLong(lowest(entry) & ~1) == hash;
  }

  /**
   * Adds an entry, for which there is room.
   *
   * @param entry which of them it will be, not the first
   */
  void insert(int entry, int lowest, long below) {
    int from = at + entry * ENTRY;
    byte[] moved = new byte[(count() - entry) * ENTRY];
    bytes.get(from, moved);
    bytes.put(from + ENTRY, moved);
    bytes.putInt(from, lowest).putInt(from + Integer.BYTES, (int) below);
    setCount(count() + 1);
  }

  /** Moves the entries from one on to a block that has none. */
  void moveTo(IndexBlock other, int first) {
    byte[] moved = new byte[(count() - first) * ENTRY - Integer.BYTES];
    bytes.get(at + first * ENTRY + Integer.BYTES, moved);
    other.bytes.put(other.at + Integer.BYTES, moved);
    other.setCount(count() - first);
    setCount(first);
  }

  /** Makes this lead to one block only. */
  void leadTo(long below) {
    bytes.putInt(at + Integer.BYTES, (int) below);
    setCount(1);
  }
}
