package io.diskformat.spi;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;

/** Text in a field of fixed length, which ends with the field or at its first NUL character. */
public final class TextField {
  private TextField() {}

  /**
   * Returns the text of a field.
   *
   * @param at where the field begins, in bytes from the start of the buffer
   * @param length the length of the field, in bytes
   */
  public static String read(ByteBuffer bytes, int at, int length, Charset charset) {
    byte[] field = new byte[length];
    bytes.get(at, field);
    String text = new String(field, charset);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}
