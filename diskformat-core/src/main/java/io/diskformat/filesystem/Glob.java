package io.diskformat.filesystem;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The glob patterns of {@link java.nio.file.FileSystem#getPathMatcher}, as regular expressions. */
final class Glob {
  private final String glob;
  private final StringBuilder regex = new StringBuilder();
  private int at;

  private Glob(String glob) {
    this.glob = glob;
  }

  /**
   * Returns what matches the same paths.
   *
   * @throws PatternSyntaxException if it is no glob pattern
   */
  static Pattern pattern(String glob) {
    Glob reader = new Glob(glob);
    reader.read();
    return Pattern.compile(reader.regex.toString(), Pattern.DOTALL);
  }

  private PatternSyntaxException wrong(String why) {
    return new PatternSyntaxException(why, glob, at);
  }

  private void read() {
    boolean inGroup = false;
    while (at < glob.length()) {
      char c = glob.charAt(at++);
      switch (c) {
        case '*' -> readStar();
        case '?' -> regex.append("[^/]");
        case '[' -> readBracket();
        case '\\' -> {
          if (at == glob.length()) {
            throw wrong("nothing to escape");
          }
          literal(glob.charAt(at++));
        }
        case '{' -> {
          if (inGroup) {
            throw wrong("a group in a group");
          }
          inGroup = true;
          regex.append("(?:(?:");
        }
        case '}' -> {
          regex.append(inGroup ? "))" : "\\}");
          inGroup = false;
        }
        case ',' -> regex.append(inGroup ? ")|(?:" : ",");
        default -> literal(c);
      }
    }
    if (inGroup) {
      throw wrong("a group without an end");
    }
  }

  private void literal(char c) {
    regex.append(Pattern.quote(String.valueOf(c)));
  }

  /** Two asterisks match across slashes, one does not. */
  private void readStar() {
    if (at < glob.length() && glob.charAt(at) == '*') {
      at++;
      regex.append(".*");
    } else {
      regex.append("[^/]*");
    }
  }

  private void readBracket() {
    regex.append("(?!/)[");
    if (at < glob.length() && glob.charAt(at) == '!') {
      at++;
      regex.append('^');
    }
    int start = at;
    while (at < glob.length() && (glob.charAt(at) != ']' || at == start)) {
      char c = glob.charAt(at++);
      if (c == '/') {
        throw wrong("a slash in a class");
      }
      // Only a hyphen in the middle means a range.
      boolean range = c == '-' && at - 1 > start && at < glob.length() && glob.charAt(at) != ']';
      regex.append(range ? "-" : "\\x{" + Integer.toHexString(c) + "}");
    }
    if (at == glob.length()) {
      throw wrong("a class without an end");
    }
    at++;
    regex.append(']');
  }
}
