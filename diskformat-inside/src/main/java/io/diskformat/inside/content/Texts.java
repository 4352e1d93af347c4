package io.diskformat.inside.content;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;

/** How labels and UUIDs are written. */
final class Texts {
  /** What UUIDs of HFS+ begin from. */
  private static final byte[] HFS = HexFormat.of().parseHex("b3e20f39f29211d697a400306543ecac");

  private Texts() {}

  /** Returns the text of a field, up to its first zero byte; what is no UTF-8 becomes U+FFFD. */
  static String untilZero(ByteBuffer bytes, int at, int length) {
    byte[] field = field(bytes, at, length);
    int end = 0;
    while (end < length && field[end] != 0) {
      end++;
    }
    return new String(field, 0, end, StandardCharsets.UTF_8);
  }

  private static byte[] field(ByteBuffer bytes, int at, int length) {
    byte[] field = new byte[length];
    bytes.get(at, field);
    return field;
  }

  /** Returns 16 bytes as a UUID, as they are one after the other; nothing for zeroes. */
  static String uuid(ByteBuffer bytes, int at) {
    String digits = HexFormat.of().formatHex(field(bytes, at, 16));
    if (digits.chars().allMatch(digit -> digit == '0')) {
      return "";
    }
    return String.join(
        "-",
        digits.substring(0, 8),
        digits.substring(8, 12),
        digits.substring(12, 16),
        digits.substring(16, 20),
        digits.substring(20));
  }

  /** Returns the UUID that others make of the 8 bytes by which HFS+ distinguishes volumes. */
  static String uuidOfHfs(byte[] id) {
    byte[] all = Arrays.copyOf(HFS, HFS.length + id.length);
    System.arraycopy(id, 0, all, HFS.length, id.length);
    return UUID.nameUUIDFromBytes(all).toString();
  }

  /** Returns the text of some UTF-16 units, their lowest byte first, up to the first zero. */
  static String utf16(ByteBuffer bytes, int at, int units) {
    String text = new String(field(bytes, at, 2 * units), StandardCharsets.UTF_16LE);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }

  /**
   * Returns the text of a field of OSTA's compressed Unicode: a byte says how many bits each unit
   * has, 8 or 16, the highest byte first; the last byte of the field says how many bytes are used.
   */
  static String compressedUnicode(ByteBuffer bytes, int at, int length) {
    int used = Math.min(Byte.toUnsignedInt(bytes.get(at + length - 1)), length - 1);
    if (used < 1) {
      return "";
    }
    byte[] text = field(bytes, at + 1, used - 1);
    return switch (bytes.get(at)) {
      case 8 -> new String(text, StandardCharsets.ISO_8859_1);
      case 16 -> new String(text, StandardCharsets.UTF_16BE);
      default -> "";
    };
  }

  /** Returns the serial number of a FAT volume, 32 bits. */
  static String serial(int number) {
    return "%04X-%04X".formatted(number >>> Short.SIZE, number & 0xFFFF);
  }
}
