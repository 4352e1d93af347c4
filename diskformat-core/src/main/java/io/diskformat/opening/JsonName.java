package io.diskformat.opening;

import java.util.HashMap;
import java.util.Map;

/**
 * Reads the JSON object of a {@code json:} name. QEMU takes members of nested objects and members
 * with dots in their names for the same, and so does this: {@code {"file":{"filename":"x"}}} is
 * {@code {"file.filename":"x"}}. Only texts are values of what names a plain file.
 */
final class JsonName {
  /** In characters: more than any image has room for. */
  private static final int MAX_LENGTH = 4096;

  private static final int MAX_DEPTH = 8;

  private final String text;
  private final Map<String, String> members = new HashMap<>();
  private int at;

  private JsonName(String text) {
    this.text = text;
  }

  /**
   * Returns the members of an object.
   *
   * @throws IllegalArgumentException if it is no object of texts; the message says why
   */
  static Map<String, String> members(String text) {
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("its json: is longer than " + MAX_LENGTH + " characters");
    }
    JsonName reader = new JsonName(text);
    reader.object("", 0);
    reader.skipSpace();
    if (reader.at != text.length()) {
      throw malformed();
    }
    return reader.members;
  }

  private void object(String prefix, int depth) {
    if (depth > MAX_DEPTH) {
      throw malformed();
    }
    expect('{');
    if (skipped('}')) {
      return;
    }
    do {
      String key = prefix + string();
      expect(':');
      skipSpace();
      if (peek() == '{') {
        object(key + ".", depth + 1);
      } else if (peek() != '"' && peek() != '\'') {
        throw unsupported(key);
      } else if (members.put(key, string()) != null) {
        throw new IllegalArgumentException("its json: says \"" + printable(key) + "\" twice");
      }
    } while (skipped(','));
    expect('}');
  }

  /** Returns the exception for a member that says more than which file it is, and its format. */
  static IllegalArgumentException unsupported(String key) {
    return new IllegalArgumentException(
        "its json: has \"" + printable(key) + "\", which is not supported");
  }

  /** Returns a text of the name for a message. */
  static String printable(String text) {
    StringBuilder printable = new StringBuilder();
    text.codePoints()
        .limit(64)
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .forEach(printable::appendCodePoint);
    return printable.toString();
  }

  /** Reads a text in double quotes or, as QEMU takes them too, in single ones. */
  private String string() {
    skipSpace();
    char quote = next();
    if (quote != '"' && quote != '\'') {
      throw malformed();
    }
    StringBuilder string = new StringBuilder();
    for (char c = next(); c != quote; c = next()) {
      string.append(c == '\\' ? escaped() : c);
    }
    return string.toString();
  }

  private char escaped() {
    char c = next();
    return switch (c) {
      case '"', '\'', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> throw malformed();
    };
  }

  private char unicode() {
    int code = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(next(), 16);
      if (digit < 0) {
        throw malformed();
      }
      code = code << 4 | digit;
    }
    return (char) code;
  }

  private void expect(char wanted) {
    skipSpace();
    if (next() != wanted) {
      throw malformed();
    }
  }

  private boolean skipped(char wanted) {
    skipSpace();
    boolean is = peek() == wanted;
    at += is ? 1 : 0;
    return is;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  /** Returns the next character, or a zero at the end, which is none of JSON's. */
  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private char next() {
    if (at == text.length()) {
      throw malformed();
    }
    return text.charAt(at++);
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException("its json: is malformed");
  }
}
