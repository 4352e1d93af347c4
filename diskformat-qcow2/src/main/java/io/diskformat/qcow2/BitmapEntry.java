package io.diskformat.qcow2;

import io.diskformat.DirtyBitmap;
import io.diskformat.spi.NameBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One bitmap as the directory records it; {@link BitmapDirectory} draws it.
 *
 * @param position where the entry is in the file, or -1 if it is not there yet
 * @param tablePosition where the bitmap's table is in the file
 * @param tableEntries how many entries of 8 bytes that has
 * @param flags the bits {@link #IN_USE}, {@link #AUTO} and perhaps others
 * @param type 1 is a dirty bitmap
 * @param granularityBits log2 of the bytes of the disk that one bit stands for
 * @param extraLength of data of a kind that is not known, in bytes; 0 for a dirty bitmap
 * @param rawName the bytes of the name, a character of Latin 1 each
 */
record BitmapEntry(
    long position,
    long tablePosition,
    int tableEntries,
    int flags,
    int type,
    int granularityBits,
    int extraLength,
    String rawName) {

  /** A writer has the bitmap open, or did not end properly. */
  static final int IN_USE = 1;

  /** Writes are recorded. */
  static final int AUTO = 2;

  /** The type of a dirty bitmap. */
  static final int DIRTY_TRACKING = 1;

  /** The length of an entry before its extra data and name, in bytes. */
  static final int FIXED_LENGTH = 24;

  /** Where the flags are in an entry. */
  static final int FLAGS = 12;

  /** Returns the length of an entry in the directory, in bytes. */
  static long length(int nameLength, int extraLength) {
    return (long) FIXED_LENGTH + nameLength + extraLength + 7 & -8L;
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  byte[] nameBytes() {
    return rawName.getBytes(StandardCharsets.ISO_8859_1);
  }

  String name() {
    return NameBytes.decode(nameBytes());
  }

  DirtyBitmap describe() {
    return new DirtyBitmap(name(), 1L << granularityBits, has(AUTO), has(IN_USE));
  }

  /** Returns this entry with another table. */
  BitmapEntry withTable(long table, int entries) {
    return new BitmapEntry(
        position, table, entries, flags, type, granularityBits, extraLength, rawName);
  }

  /**
   * Writes the entry, which has no extra data, at the buffer's position, which moves behind it and
   * its padding.
   */
  void put(ByteBuffer directory) {
    int start = directory.position();
    directory
        .putLong(tablePosition)
        .putInt(tableEntries)
        .putInt(flags)
        .put((byte) type)
        .put((byte) granularityBits)
        .putShort((short) rawName.length())
        .putInt(0)
        .put(nameBytes())
        .position(start + (int) length(rawName.length(), 0));
  }
}
