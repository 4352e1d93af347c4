package io.diskformat.inside;

import io.diskformat.spi.NameBytes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads text files of a guest, a few thousand lines of each at most. */
final class GuestText {
  private static final int MOST_LINES = 2000;
  private static final int MOST_LINE = 10_000;

  private GuestText() {}

  /** Returns the lines of a file; none if it cannot be read. */
  static List<String> lines(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.ISO_8859_1))) {
      StringBuilder line = new StringBuilder();
      for (int c = reader.read(); c >= 0 && lines.size() < MOST_LINES; c = reader.read()) {
        if (c == '\n') {
          lines.add(decoded(line));
          line.setLength(0);
        } else if (line.length() < MOST_LINE) {
          line.append((char) c);
        }
      }
      lines.add(decoded(line));
      return lines;
    } catch (FileSystemException e) {
      return List.of();
    }
  }

  /** Other bytes than those of UTF-8 are no failure. */
  private static String decoded(StringBuilder bytes) {
    return NameBytes.decode(bytes.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Returns the first line of a file, without blanks around it; empty if there is none. */
  static String firstLine(Path file) throws IOException {
    List<String> lines = lines(file);
    return lines.isEmpty() ? "" : lines.getFirst().strip();
  }

  /** Returns what follows a name and an equals sign in a file, without quotes; or nothing. */
  static String value(Path file, String name) throws IOException {
    for (String line : lines(file)) {
      if (line.startsWith(name + "=")) {
        return line.substring(name.length() + 1).replace("\"", "").replace("'", "").strip();
      }
    }
    return "";
  }
}
