package io.diskformat.inspect;

/**
 * Where an MBR, or the table of a logical partition, says where a partition is.
 *
 * @param table the sector of that table, 512 bytes each as all sectors here
 * @param entry the position of the entry on the disk, in bytes
 * @param link the position of the entry that leads to the table, in bytes, or {@link #NO_LINK}
 * @param start the first sector of the partition
 * @param count how many sectors it has
 */
record MbrPlace(long table, long entry, long link, long start, long count) {
  /** No entry but that of the extended partition leads to the table. */
  static final long NO_LINK = -1;

  private static final int COUNT_AT = 12;

  /**
   * Returns the place of an entry.
   *
   * @param index of the entry, from 0
   */
  static MbrPlace of(long table, int index, long start, long count) {
    return new MbrPlace(table, position(table, index), NO_LINK, start, count);
  }

  /** Returns the position of an entry of a table, in bytes. */
  static long position(long table, int index) {
    return table * FirstSector.SIZE + MbrEntry.FIRST + (long) index * MbrEntry.SIZE;
  }

  MbrPlace linkedFrom(long position) {
    return new MbrPlace(table, entry, position, start, count);
  }

  /** Returns the sector after the last. */
  long end() {
    return start + count;
  }

  /** Returns the position of the 32 bits that say how many sectors there are. */
  static long countAt(long entry) {
    return entry + COUNT_AT;
  }
}
