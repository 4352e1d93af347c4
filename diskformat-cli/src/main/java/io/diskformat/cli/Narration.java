package io.diskformat.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Locale;

/** The output of the demo: numbered steps, and lines below each. */
final class Narration {
  private static final String INDENT = "   ";
  private static final int WIDTH = 96;
  private static final int CALL_COLUMN = 50;

  private final Terminal terminal;
  private int steps;

  Narration(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Begins a step.
   *
   * @param call what it calls in the library
   * @throws InterruptedIOException if the demo is to end
   */
  void step(String title, String call) throws IOException {
    if (Thread.interrupted()) {
      throw new InterruptedIOException();
    }
    String heading = "\n" + ++steps + ". " + title;
    terminal.line(heading + " ".repeat(Math.max(2, CALL_COLUMN - heading.length())) + call);
    // A step must be seen when it happens.
    terminal.flush();
  }

  /** Says a sentence, on as many lines as it takes. */
  void say(String text) throws IOException {
    String rest = Terminal.printable(text);
    String indent = INDENT;
    while (indent.length() + rest.length() > WIDTH) {
      int space = rest.lastIndexOf(' ', WIDTH - indent.length());
      if (space <= 0) {
        break;
      }
      terminal.line(indent + rest.substring(0, space));
      rest = rest.substring(space + 1);
      indent = INDENT + "  ";
    }
    terminal.line(indent + rest);
    terminal.flush();
  }

  /** Returns how long something took, for people to read. */
  static String seconds(long nanos) {
    return nanos < 1_000_000_000
        ? Math.max(1, nanos / 1_000_000) + " ms"
        : String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }
}
