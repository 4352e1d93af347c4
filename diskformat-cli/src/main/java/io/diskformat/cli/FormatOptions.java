package io.diskformat.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The options of a format, as they follow {@code -o}. */
final class FormatOptions {
  private FormatOptions() {}

  /**
   * Returns the options by name, in the order in which they were given.
   *
   * @param texts each {@code NAME=VALUE,NAME=VALUE...}; a comma in a value is written twice, and a
   *     name without a value is one that is switched on
   */
  static Map<String, String> parse(List<String> texts) {
    Map<String, String> options = new LinkedHashMap<>();
    for (String text : texts) {
      StringBuilder part = new StringBuilder();
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c != ',') {
          part.append(c);
        } else if (i + 1 < text.length() && text.charAt(i + 1) == ',') {
          part.append(',');
          i++;
        } else {
          add(part.toString(), options);
          part.setLength(0);
        }
      }
      add(part.toString(), options);
    }
    return options;
  }

  private static void add(String part, Map<String, String> options) {
    int equals = part.indexOf('=');
    String name = equals < 0 ? part : part.substring(0, equals);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("-o needs NAME=VALUE, not \"" + part + "\"");
    }
    options.put(name, equals < 0 ? "on" : part.substring(equals + 1));
  }
}
