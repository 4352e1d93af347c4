package io.diskformat.iso.udf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Text as UDF records it: a byte that says how many bits a character has, 8 or 16, and the
 * characters, of Unicode. In a field, the last byte is the length of that.
 */
final class Osta {
  private static final char REPLACED = '\ufffd';

  private Osta() {}

  /** Returns the text of some bytes; none if it is in no way that is known. */
  static String text(ByteBuffer bytes, int at, int length) {
    if (length == 0) {
      return "";
    }
    ByteBuffer characters = bytes.slice(at + 1, length - 1);
    return switch (Byte.toUnsignedInt(bytes.get(at))) {
      case 8, 254 -> StandardCharsets.ISO_8859_1.decode(characters).toString();
      case 16, 255 ->
          StandardCharsets.UTF_16BE.decode(characters.limit(characters.limit() & ~1)).toString();
      default -> "";
    };
  }

  /** Returns the text of a field. */
  static String field(ByteBuffer bytes, int at, int length) {
    int used = Math.min(Byte.toUnsignedInt(bytes.get(at + length - 1)), length - 1);
    return text(bytes, at, used).replaceAll("\\p{Cntrl}", "\ufffd").strip();
  }

  /** Returns the text as a name that is one element of a path. */
  static String name(ByteBuffer bytes, int at, int length) {
    String name = text(bytes, at, length);
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      return String.valueOf(REPLACED).repeat(Math.max(1, name.length()));
    }
    return name.replace('/', REPLACED).replace('\0', REPLACED);
  }
}
