package io.diskformat.inside.fat;

import java.nio.ByteBuffer;

/** How a table has its entries, each of which says what comes after a cluster. */
enum TableKind {
  /** Two entries are in three bytes. */
  FAT12(12),
  FAT16(16),
  /** The four highest bits belong to nobody. */
  FAT32(32);

  private final int bits;
  private final int last;

  TableKind(int bits) {
    this.bits = bits;
    this.last = (int) ((1L << Math.min(bits, 28)) - 8);
  }

  /** Returns how many entries are in a table of that many bytes. */
  long entriesIn(long size) {
    return size * Byte.SIZE / bits;
  }

  /** Returns how many bytes that many entries have, which are even. */
  long bytesOf(long entries) {
    return entries * bits / Byte.SIZE;
  }

  /** Returns an entry. */
  int get(ByteBuffer table, int index) {
    return switch (this) {
      case FAT12 -> {
        int at = index + index / 2;
        int both = Short.toUnsignedInt(table.getShort(at));
        yield index % 2 == 0 ? both & 0xFFF : both >> 4;
      }
      case FAT16 -> Short.toUnsignedInt(table.getShort(index * Short.BYTES));
      case FAT32 -> table.getInt(index * Integer.BYTES) & 0x0FFF_FFFF;
    };
  }

  /**
   * Changes an entry.
   *
   * @param entry at most as large as entries are
   */
  void put(ByteBuffer table, int index, int entry) {
    switch (this) {
      case FAT12 -> {
        int at = index + index / 2;
        int both = Short.toUnsignedInt(table.getShort(at));
        int changed = index % 2 == 0 ? (both & 0xF000) | entry : (both & 0xF) | (entry << 4);
        table.putShort(at, (short) changed);
      }
      case FAT16 -> table.putShort(index * Short.BYTES, (short) entry);
      case FAT32 -> {
        int at = index * Integer.BYTES;
        table.putInt(at, (table.getInt(at) & 0xF000_0000) | entry);
      }
    }
  }

  /** Returns what the last cluster of a file has. */
  int end() {
    return last + 7;
  }

  /** Returns whether a cluster with this entry is the last of its file. */
  boolean isLast(int entry) {
    return entry >= last;
  }

  /** Returns whether a cluster with this entry cannot be used. */
  boolean isBad(int entry) {
    return entry == last - 1;
  }
}
