package io.diskformat.spi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Converts the names of other files that an image holds from bytes to text. They are UTF-8 as a
 * rule. A byte that is no valid UTF-8 becomes a lone surrogate, U+DC80 to U+DCFF: so no two names
 * become equal, none leads to a file of another name, and messages can show the bytes.
 */
public final class NameBytes {
  /** The code point to which a byte that is no valid UTF-8 is added. */
  private static final int ESCAPE = 0xdc00;

  private NameBytes() {}

  /**
   * Returns the text of a name.
   *
   * @param bytes the name, without a terminating byte
   */
  public static String decode(byte[] bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    while (result.isMalformed()) {
      for (int i = 0; i < result.length(); i++) {
        out.put((char) (ESCAPE | (in.get() & 0xff)));
      }
      result = decoder.reset().decode(in, out, true);
    }
    return out.flip().toString();
  }

  /** Returns the bytes of a name in hexadecimal, two digits each. */
  static String hex(String name) {
    return HexFormat.of().formatHex(encode(name));
  }

  /** Returns the bytes of a name that {@link #decode} made text of. */
  public static byte[] encode(String name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    name.codePoints()
        .forEach(c -> {
          if (isEscape(c)) {
            bytes.write(c);
          } else {
            bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
          }
        });
    return bytes.toByteArray();
  }

  /** Returns whether some byte of a name was no valid UTF-8. */
  static boolean hasEscapes(String name) {
    return name.codePoints().anyMatch(NameBytes::isEscape);
  }

  private static boolean isEscape(int codePoint) {
    return codePoint >= (ESCAPE | 0x80) && codePoint <= (ESCAPE | 0xff);
  }

  /** Returns why the host's file system does not accept a name, for a message. */
  public static String problem(String name) {
    String bytes = ": its bytes are " + hex(name);
    if (hasEscapes(name)) {
      return "is not valid UTF-8" + bytes;
    }
    return name.indexOf('\0') >= 0
        ? "has a zero byte in it" + bytes
        : "has no form in this process's character set for file names, "
            + System.getProperty("sun.jnu.encoding")
            + bytes;
  }
}
