package io.diskformat.inside.lvm;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads LVM's text: {@code key = value}, {@code key { ... }}, and comments from {@code #} to the
 * end of a line. A value is a number, a string in quotation marks, or a list of those in brackets.
 */
final class ConfigText {
  private static final int MOST_LEVELS = 8;
  private static final int MOST_VALUES = 200_000;

  private final String text;
  private int at;
  private int values;

  private ConfigText(String text) {
    this.text = text;
  }

  /**
   * Reads a text.
   *
   * @throws IllegalArgumentException if it is none of that kind; the message says where
   */
  static ConfigSection read(String text) {
    ConfigText reader = new ConfigText(text);
    return reader.section("", 0);
  }

  private ConfigSection section(String name, int level) {
    if (level > MOST_LEVELS) {
      throw wrong("is more than " + MOST_LEVELS + " levels deep");
    }
    ConfigSection section = new ConfigSection(name);
    while (true) {
      int next = next();
      if (next < 0 || next == '}') {
        if ((next < 0) != (level == 0)) {
          throw wrong(next < 0 ? "ends within a section" : "has a } too much");
        }
        at++;
        return section;
      }
      String key = key();
      count();
      int after = next();
      at++;
      boolean fresh =
          switch (after) {
            case '{' -> section.put(key, section(key, level + 1));
            case '=' -> section.put(key, value());
            default -> throw wrong("has no = or { after " + key);
          };
      if (!fresh) {
        throw wrong("has " + key + " twice");
      }
    }
  }

  private void count() {
    if (++values > MOST_VALUES) {
      throw wrong("has more than " + MOST_VALUES + " values");
    }
  }

  /** Returns the next character that is no space and in no comment, or -1 at the end. */
  private int next() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (c > ' ') {
        return c;
      } else {
        at++;
      }
    }
    return -1;
  }

  private String key() {
    int start = at;
    while (at < text.length() && isOfKey(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw wrong("has no key");
    }
    return text.substring(start, at);
  }

  private static boolean isOfKey(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "._+-".indexOf(c) >= 0;
  }

  private Object value() {
    if (next() != '[') {
      return single();
    }
    at++;
    List<Object> list = new ArrayList<>();
    while (next() != ']') {
      list.add(single());
      count();
      if (next() == ',') {
        at++;
      } else if (next() != ']') {
        throw wrong("has a list that does not end");
      }
    }
    at++;
    return list;
  }

  private Object single() {
    if (next() == '"') {
      return string();
    }
    int start = at;
    while (at < text.length() && isOfKey(text.charAt(at))) {
      at++;
    }
    try {
      return Long.valueOf(text.substring(start, at));
    } catch (NumberFormatException e) {
      throw wrong("has a value that is no number");
    }
  }

  private String string() {
    StringBuilder string = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return string.toString();
      }
      if (c == '\\' && at + 1 < text.length()) {
        at++;
        c = text.charAt(at);
      }
      string.append(c);
    }
    throw wrong("ends within a string");
  }

  private IllegalArgumentException wrong(String problem) {
    return new IllegalArgumentException(problem + ", at character " + at);
  }
}
