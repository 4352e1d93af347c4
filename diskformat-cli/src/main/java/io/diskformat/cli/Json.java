package io.diskformat.cli;

import java.io.IOException;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;

/**
 * Writes JSON with the layout and the escapes of QEMU, all in ASCII, so that neither the locale nor
 * a name in an image can spoil it.
 */
final class Json {
  private final Terminal terminal;

  Json(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Writes maps, collections, strings, numbers and booleans, however nested, and ends the line. */
  void write(Object value) throws IOException {
    write(value, "\n");
    terminal.print("\n");
  }

  private void write(Object value, String newline) throws IOException {
    // No switch over types: the JVM would spend more time on setting it up than on all the output.
    if (value instanceof Map<?, ?> map) {
      writeMap(map, newline);
    } else if (value instanceof Collection<?> list) {
      writeList(list, newline);
    } else if (value instanceof String text) {
      terminal.print(quoted(text));
    } else {
      terminal.print(value.toString());
    }
  }

  private void writeMap(Map<?, ?> map, String newline) throws IOException {
    terminal.print("{");
    String inner = newline + "    ";
    String separator = inner;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      terminal.print(separator);
      terminal.print(quoted((String) entry.getKey()));
      terminal.print(": ");
      write(entry.getValue(), inner);
      separator = "," + inner;
    }
    terminal.print(newline);
    terminal.print("}");
  }

  private void writeList(Collection<?> list, String newline) throws IOException {
    terminal.print("[");
    String inner = newline + "    ";
    Iterator<?> items = list.iterator();
    for (String separator = inner; items.hasNext(); separator = "," + inner) {
      terminal.print(separator);
      write(items.next(), inner);
    }
    terminal.print(newline);
    terminal.print("]");
  }

  /** Returns a string as JSON. */
  static String quoted(String text) {
    StringBuilder result = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> result.append("\\\"");
        case '\\' -> result.append("\\\\");
        case '\b' -> result.append("\\b");
        case '\f' -> result.append("\\f");
        case '\n' -> result.append("\\n");
        case '\r' -> result.append("\\r");
        case '\t' -> result.append("\\t");
        default -> {
          if (c < ' ' || c >= 0x7f) {
            result.append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
              result.append("0123456789ABCDEF".charAt(c >> shift & 15));
            }
          } else {
            result.append(c);
          }
        }
      }
    }
    return result.append('"').toString();
  }
}
