package io.diskformat.cli;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The lines of a script of guestfish: commands, and documents between them. */
final class FishScript {
  /** The bytes of a document are kept as they are. */
  private static final Charset BYTES = StandardCharsets.ISO_8859_1;

  private static final int MOST = 64 << 20;

  private final BufferedReader reader;
  private int number;

  FishScript(InputStream in) {
    this.reader = new BufferedReader(new InputStreamReader(in, BYTES));
  }

  /** Returns the number of the line that was read last, from 1 on. */
  int number() {
    return number;
  }

  /** Returns the bytes up to the end of a line, and null if there are none. */
  private @Nullable String line() throws IOException {
    StringBuilder line = new StringBuilder();
    int c = reader.read();
    if (c < 0) {
      return null;
    }
    for (; c >= 0 && c != '\n'; c = reader.read()) {
      if (line.length() == MOST) {
        throw new IOException("a line has more than " + MOST + " bytes");
      }
      line.append((char) c);
    }
    return line.toString();
  }

  /** Returns the next line, or null after the last. Bytes that are no UTF-8 are no command. */
  @Nullable String next() throws IOException {
    String line = line();
    number++;
    return line == null ? null : new String(line.getBytes(BYTES), StandardCharsets.UTF_8);
  }

  /**
   * Reads the lines of a document, as they are.
   *
   * @param marker the line that ends it, and is none of it; a carriage return may be behind it
   * @throws IllegalArgumentException if there is no such line, or the document is too large
   */
  byte[] document(String marker) throws IOException {
    String end = new String(marker.getBytes(StandardCharsets.UTF_8), BYTES);
    ByteArrayOutputStream document = new ByteArrayOutputStream();
    int first = number;
    for (String line = line(); line != null; line = line()) {
      number++;
      if (line.equals(end) || line.equals(end + "\r")) {
        return document.toByteArray();
      }
      if (document.size() > MOST - line.length()) {
        throw new IllegalArgumentException("the document has more than " + MOST + " bytes");
      }
      document.writeBytes(line.getBytes(BYTES));
      document.write('\n');
    }
    number = first;
    throw new IllegalArgumentException("the document does not end, by " + marker);
  }
}
