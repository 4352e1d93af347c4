package io.diskformat.picture;

import java.util.List;

/** The number of bytes of each kind in each cell. */
final class CellCounts {
  /** The size of a cell, in bytes. */
  private static final long LEAST = 512;

  private final List<CellKind> kinds;
  private final long size;
  private final long cellBytes;
  private final int cells;

  /** The numbers of bytes, by cell, and in a cell by kind. */
  private final long[] bytes;

  CellCounts(List<CellKind> kinds, long size, int most) {
    if (most < 1) {
      throw new IllegalArgumentException("at least one cell is needed: " + most);
    }
    this.kinds = kinds;
    this.size = size;
    long unit = LEAST;
    while (size / unit + (size % unit == 0 ? 0 : 1) > most) {
      unit *= 2;
    }
    this.cellBytes = unit;
    this.cells = (int) (size / unit + (size % unit == 0 ? 0 : 1));
    this.bytes = new long[Math.multiplyExact(cells, kinds.size())];
  }

  List<CellKind> kinds() {
    return kinds;
  }

  long cellBytes() {
    return cellBytes;
  }

  int cells() {
    return cells;
  }

  long bytes(int cell, int kind) {
    return bytes[cell * kinds.size() + kind];
  }

  /** Adds a range of the disk to a kind. */
  void add(long start, long end, int kind) {
    for (long at = start; at < end; ) {
      int cell = (int) (at / cellBytes);
      long until = at + Math.min(end - at, cellBytes - at % cellBytes);
      bytes[cell * kinds.size() + kind] += until - at;
      at = until;
    }
  }

  /**
   * Changes a range that was added to another kind. It is not known of which kinds it was, so it is
   * taken from any of them.
   */
  void replace(long start, long end, int kind) {
    for (long at = start; at < Math.min(end, size); ) {
      int cell = (int) (at / cellBytes);
      long until = at + Math.min(Math.min(end, size) - at, cellBytes - at % cellBytes);
      long left = until - at;
      for (int other = kinds.size() - 1; other >= 0 && left > 0; other--) {
        int index = cell * kinds.size() + other;
        long taken = other == kind ? 0 : Math.min(left, bytes[index]);
        bytes[index] -= taken;
        left -= taken;
      }
      bytes[cell * kinds.size() + kind] += until - at - left;
      at = until;
    }
  }
}
