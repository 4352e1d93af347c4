package io.diskformat.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of a list of checksums, as {@code sha256sum} writes and reads them: the checksum and the
 * file's name or, if it is tagged, also which checksum it is. A line begins with a backslash where
 * the name has one, or the end of a line, in it.
 *
 * @param tag the kind of checksum, or an empty string
 * @param file the name
 * @param hex the checksum in hexadecimal, in lower case
 */
record ChecksumLine(String tag, String file, String hex) {
  private static final Pattern PLAIN =
      Pattern.compile("(?<hex>[0-9a-fA-F]{32,128}) [ *](?<file>.+)", Pattern.DOTALL);
  private static final Pattern TAGGED =
      Pattern.compile(
          "(?<tag>[A-Z0-9-]+) \\((?<file>.+)\\) = (?<hex>[0-9a-fA-F]{32,128})", Pattern.DOTALL);

  /** Returns what a line says, or empty if it is none of a list of checksums. */
  static Optional<ChecksumLine> parse(String line) {
    boolean escaped = line.startsWith("\\");
    String text = escaped ? line.substring(1) : line;
    Matcher tagged = TAGGED.matcher(text);
    Matcher plain = PLAIN.matcher(text);
    if (tagged.matches()) {
      return of(tagged.group("tag"), tagged.group("file"), tagged.group("hex"), escaped);
    }
    return plain.matches()
        ? of("", plain.group("file"), plain.group("hex"), escaped)
        : Optional.empty();
  }

  private static Optional<ChecksumLine> of(String tag, String file, String hex, boolean escaped) {
    Optional<String> name = escaped ? unescaped(file) : Optional.of(file);
    return name.map(plain -> new ChecksumLine(tag, plain, hex.toLowerCase(Locale.ROOT)));
  }

  private static Optional<String> unescaped(String text) {
    StringBuilder name = new StringBuilder();
    boolean afterBackslash = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!afterBackslash) {
        afterBackslash = c == '\\';
        if (!afterBackslash) {
          name.append(c);
        }
        continue;
      }
      int known = "\\nr".indexOf(c);
      if (known < 0) {
        return Optional.empty();
      }
      name.append("\\\n\r".charAt(known));
      afterBackslash = false;
    }
    return afterBackslash ? Optional.empty() : Optional.of(name.toString());
  }

  /** Returns a name as lines have it, with a backslash in front if there is anything escaped. */
  static String escaped(String name) {
    String escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    return escaped.equals(name) ? name : "\\" + escaped;
  }

  /** Returns the line, without its end. */
  String text() {
    String name = escaped(file);
    boolean hasEscapes = !name.equals(file);
    String start = hasEscapes ? "\\" : "";
    String written = hasEscapes ? name.substring(1) : name;
    return tag.isEmpty()
        ? start + hex + "  " + written
        : start + tag + " (" + written + ") = " + hex;
  }
}
