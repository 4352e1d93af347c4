package io.diskformat.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A command of guestfish and its arguments, as a line of a script has them.
 *
 * @param words the command and its arguments; none if the line has no command
 * @param ignoringFailure whether the script goes on if it fails
 * @param marker the line of the script that ends the document after this one, or nothing if none
 *     follows
 */
record FishLine(List<String> words, boolean ignoringFailure, String marker) {
  /** What an argument begins with that is a document; the rest is what ends it. */
  static final String DOCUMENT = "-<<";

  /** What an interactive guestfish shows, and people copy together with what they typed. */
  private static final String PROMPT = "><fs>";

  /** Copies the list. */
  FishLine {
    words = List.copyOf(words);
  }

  /**
   * Reads a line. Arguments are separated by blanks; in double quotes, a backslash escapes as in C;
   * in single quotes, all is as it is. A line that begins with a hash is a comment. A tilde that is
   * not quoted is the directory of the user on the host.
   *
   * @throws IllegalArgumentException if it makes no sense, or has what is not supported: commands
   *     of the host, and pipes to them
   */
  static FishLine of(String line) {
    String text = line.strip();
    while (text.startsWith(PROMPT)) {
      text = text.substring(PROMPT.length()).strip();
    }
    if (text.isEmpty() || text.startsWith("#")) {
      return new FishLine(List.of(), false, "");
    }
    if (text.startsWith("!") || text.startsWith("<!")) {
      throw new IllegalArgumentException("commands of the host are not run: " + text);
    }
    boolean ignoring = text.startsWith("-");
    Reader reader = new Reader(ignoring ? text.substring(1).strip() : text);
    List<String> words = reader.words();
    return new FishLine(words, ignoring, reader.marker);
  }

  /** Splits a command line of the tool at the words that are a colon. */
  static List<FishLine> ofWords(List<String> words) {
    List<FishLine> lines = new ArrayList<>();
    List<String> current = new ArrayList<>();
    for (String word : words) {
      if (word.equals(":")) {
        lines.add(ofCommand(current));
        current = new ArrayList<>();
      } else {
        current.add(word);
      }
    }
    lines.add(ofCommand(current));
    return lines;
  }

  private static FishLine ofCommand(List<String> words) {
    if (words.isEmpty()) {
      throw new IllegalArgumentException("there is no command before or after a colon");
    }
    List<String> all = new ArrayList<>(words);
    boolean ignoring = all.getFirst().startsWith("-");
    all.set(0, ignoring ? all.getFirst().substring(1) : all.getFirst());
    return new FishLine(all, ignoring, "");
  }

  private static final class Reader {
    private final String text;
    private int at;
    private String marker = "";

    Reader(String text) {
      this.text = text;
    }

    List<String> words() {
      List<String> words = new ArrayList<>();
      while (at < text.length()) {
        char c = text.charAt(at);
        if (Character.isWhitespace(c)) {
          at++;
        } else if (c == '|') {
          throw new IllegalArgumentException("pipes to commands of the host are not run: " + text);
        } else if (c == '"') {
          words.add(quoted());
        } else if (c == '\'') {
          words.add(literal());
        } else {
          words.add(plain());
          mark(words.getLast(), words.size());
        }
      }
      return words;
    }

    private void mark(String word, int count) {
      if (count > 1 && word.startsWith(DOCUMENT)) {
        if (!marker.isEmpty() || word.equals(DOCUMENT)) {
          throw new IllegalArgumentException("one document may follow, up to a mark: " + text);
        }
        marker = word.substring(DOCUMENT.length());
      }
    }

    private String plain() {
      int start = at;
      while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      String word = text.substring(start, at);
      return word.equals("~") || word.startsWith("~/")
          ? System.getProperty("user.home") + word.substring(1)
          : word;
    }

    private String literal() {
      int end = text.indexOf('\'', at + 1);
      if (end < 0) {
        throw new IllegalArgumentException("a quote does not end: " + text);
      }
      String word = text.substring(at + 1, end);
      at = end + 1;
      return ended(word);
    }

    private String ended(String word) {
      if (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
        throw new IllegalArgumentException("a blank is missing behind a quote: " + text);
      }
      return word;
    }

    private String quoted() {
      ByteArrayOutputStream word = new ByteArrayOutputStream();
      for (at++; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c == '"') {
          at++;
          return ended(word.toString(StandardCharsets.UTF_8));
        }
        if (c == '\\') {
          at++;
          escape(word);
        } else {
          int end = Character.isHighSurrogate(c) ? Math.min(text.length(), at + 2) : at + 1;
          word.writeBytes(text.substring(at, end).getBytes(StandardCharsets.UTF_8));
          at = end - 1;
        }
      }
      throw new IllegalArgumentException("a quote does not end: " + text);
    }

    private void escape(ByteArrayOutputStream word) {
      char c = at < text.length() ? text.charAt(at) : ' ';
      int simple = "abfnrtv\"\\".indexOf(c);
      if (simple >= 0) {
        word.write("\u0007\b\f\n\r\t\u000b\"\\".charAt(simple));
      } else if (c == 'x' && isNumber(at + 1, 2, 16)) {
        word.write(Integer.parseInt(text.substring(at + 1, at + 3), 16));
        at += 2;
      } else if (isNumber(at, 3, 8)) {
        word.write(Integer.parseInt(text.substring(at, at + 3), 8));
        at += 2;
      } else {
        throw new IllegalArgumentException("\\" + c + " is no escape: " + text);
      }
    }

    private boolean isNumber(int start, int digits, int radix) {
      return start + digits <= text.length()
          && text.substring(start, start + digits)
              .chars()
              .allMatch(digit -> Character.digit(digit, radix) >= 0);
    }
  }
}
