package io.diskformat.inside.content;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** How labels and UUIDs are written. */
final class Texts {
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
}
