package io.diskformat.inside.fat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

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
  static final int LAST = 0x40;

  /** Where a part has the sum of the short name. */
  static final int CHECKSUM_AT = 0xD;

  private static final int[] PLACES = {
    1, 3, 5, 7, 9, 0xE, 0x10, 0x12, 0x14, 0x16, 0x18, 0x1C, 0x1E
  };

  private final char[] text = new char[MOST_PARTS * PER_PART];
  private int parts;

  /** The number of the part that was added last; 1 once all are there, or 0 if there is none. */
  private int part;

  private byte checksum;

  /**
   * Returns the parts of a name, as they are stored.
   *
   * @param name of 255 characters of UTF-16 at most
   * @param checksum of the short name
   */
  static List<byte[]> parts(String name, byte checksum) {
    int count = Math.ceilDiv(name.length(), PER_PART);
    List<byte[]> parts = new ArrayList<>();
    for (int number = count; number > 0; number--) {
      ByteBuffer part = ByteBuffer.allocate(FatEntry.SIZE).order(ByteOrder.LITTLE_ENDIAN);
      part.put(0, (byte) (number == count ? number | LAST : number));
      part.put(FatEntry.ATTRIBUTES_AT, (byte) FatEntry.LONG_NAME);
      part.put(CHECKSUM_AT, checksum);
      for (int i = 0; i < PER_PART; i++) {
        int at = (number - 1) * PER_PART + i;
        int behind = at == name.length() ? 0 : 0xFFFF;
        part.putShort(PLACES[i], (short) (at < name.length() ? name.charAt(at) : behind));
      }
      parts.add(part.array());
    }
    return parts;
  }

  /** Forgets the parts that were added. */
  void clear() {
    part = 0;
  }

  /** Adds what is before those that were added. */
  void add(FatEntry entry) {
    ByteBuffer bytes = entry.bytes();
    int number = bytes.get(0) & ~LAST;
    byte sum = bytes.get(CHECKSUM_AT);
    if ((bytes.get(0) & LAST) != 0 && number >= 1 && number <= MOST_PARTS) {
      parts = number;
      checksum = sum;
    } else if (part <= 1 || number != part - 1 || sum != checksum) {
      clear();
      return;
    }
    part = number;
    for (int i = 0; i < PER_PART; i++) {
      text[(number - 1) * PER_PART + i] = bytes.getChar(PLACES[i]);
    }
  }

  /** Returns the long name of an entry, or nothing if it has none. */
  String of(FatEntry entry) {
    if (part != 1 || entry.checksum() != checksum) {
      return "";
    }
    String padded = new String(text, 0, parts * PER_PART);
    int end = padded.indexOf('\0');
    return (end < 0 ? padded : padded.substring(0, end))
        .codePoints()
        .map(each -> isLone(each) ? 0xFFFD : each)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** Returns whether something is half of a character. */
  private static boolean isLone(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }
}
