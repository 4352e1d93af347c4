package io.diskformat.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of a list of checksums. The list may be any file, so the length of a line has a
 * limit.
 */
final class ListLines implements Closeable {
  /** In bytes: more than a checksum and the longest name, each byte of it escaped. */
  private static final int LONGEST = 16 << 10;

  /** Stands for a line that is not in the charset. */
  private static final String NO_TEXT = "";

  private final String name;
  private final InputStream in;
  private final Charset charset;

  /**
   * Reads a list.
   *
   * @param name the name of the list in errors
   * @param in closed with this object
   * @param charset the character set of the names in it
   */
  ListLines(String name, InputStream in, Charset charset) {
    this.name = name;
    this.in = new BufferedInputStream(in);
    this.charset = charset;
  }

  /**
   * Returns the next line, or null if there is none. One that is not in the charset is returned as
   * an empty one: decoded with replacements, the name in it might be that of another file.
   *
   * @throws IOException if the list cannot be read, or a line is too long
   */
  @Nullable String next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int read = read();
    if (read < 0) {
      return null;
    }
    for (; read >= 0 && read != '\n'; read = read()) {
      if (line.size() == LONGEST) {
        throw new IOException(
            name + ": no list of checksums: a line has more than " + LONGEST + " bytes");
      }
      line.write(read);
    }
    try {
      String text = charset.newDecoder().decode(ByteBuffer.wrap(line.toByteArray())).toString();
      return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    } catch (CharacterCodingException e) {
      return NO_TEXT;
    }
  }

  private int read() throws IOException {
    try {
      return in.read();
    } catch (IOException e) {
      throw new IOException(name + ": reading: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
