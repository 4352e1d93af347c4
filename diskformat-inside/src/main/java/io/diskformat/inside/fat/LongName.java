package io.diskformat.inside.fat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Collects the parts of a long name, which are before its entry, the last of them first. What is
 * not whole, in order and of that entry is none: the short name is used then. For one thread.
 *
 * <pre>
 *  0  number of the part, from 1; the last has 40 as well    D  sum of the short name
 *  1  5 characters of UTF-16                                 E  6 characters
 *  B  F                                                     1C  2 characters
 * </pre>
 */
final class LongName {
  private static final int PER_PART = 13;
  private static final int MOST_PARTS = 20;
  private static final int LAST = 0x40;
  private static final int[] PLACES = {1, 3, 5, 7, 9, 0xE, 0x10, 0x12, 0x14, 0x16, 0x18, 0x1C, 0x1E};

  private final byte[] text = new byte[MOST_PARTS * PER_PART * Character.BYTES];
  private int parts;

  /** The number of the part that was added last; 1 once all are there, or 0 if there is none. */
  private int part;

  private byte checksum;

  /** Forgets the parts that were added. */
  void clear() {
    part = 0;
  }

  /** Adds what is before those that were added. */
  void add(FatEntry entry) {
    ByteBuffer bytes = entry.bytes();
    int number = bytes.get(0) & ~LAST;
    byte sum = bytes.get(0xD);
    if ((bytes.get(0) & LAST) != 0 && number >= 1 && number <= MOST_PARTS) {
      parts = number;
      checksum = sum;
    } else if (part <= 1 || number != part - 1 || sum != checksum) {
      clear();
      return;
    }
    part = number;
    for (int i = 0; i < PER_PART; i++) {
      int to = ((number - 1) * PER_PART + i) * Character.BYTES;
      text[to] = bytes.get(PLACES[i]);
      text[to + 1] = bytes.get(PLACES[i] + 1);
    }
  }

  /** Returns the long name of an entry, or nothing if it has none. */
  String of(FatEntry entry) {
    if (part != 1 || entry.checksum() != checksum) {
      return "";
    }
    String padded =
        new String(text, 0, parts * PER_PART * Character.BYTES, StandardCharsets.UTF_16LE);
    int end = padded.indexOf('\0');
    return end < 0 ? padded : padded.substring(0, end);
  }
}
