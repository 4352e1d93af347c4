package io.diskformat.cli;

import java.io.BufferedWriter;
import java.io.Console;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.charset.Charset;

/**
 * Where the tool writes. Output is buffered; whether it arrives is known only once {@link #flush()}
 * has returned. Unlike with a {@link PrintStream}, output that cannot be written is an exception.
 */
final class Terminal {
  private final Charset charset;
  private final Writer out;
  private final PrintStream err;
  private final boolean ofProcess;

  /**
   * Writes to two streams.
   *
   * @param ofProcess whether they are the process' own, and so may be a person's screen
   */
  Terminal(OutputStream out, OutputStream err, Charset charset, boolean ofProcess) {
    this.charset = charset;
    this.ofProcess = ofProcess;
    this.out = new BufferedWriter(new OutputStreamWriter(out, charset));
    this.err = new PrintStream(err, true, charset);
  }

  /** Nobody reads the output any more. */
  static final class ClosedException extends IOException {
    private static final long serialVersionUID = 1L;

    private ClosedException(IOException cause) {
      super(cause);
    }
  }

  /** Returns the character set of the output. */
  Charset charset() {
    return charset;
  }

  /** Returns whether what is written appears on a screen at once. */
  boolean isInteractive() {
    Console console = ofProcess ? System.console() : null;
    return console != null && console.isTerminal();
  }

  /** Writes text. */
  void print(String text) throws IOException {
    try {
      out.write(text);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Writes text and ends the line. */
  void line(String text) throws IOException {
    print(text);
    print("\n");
  }

  /** Hands over what was written so far. */
  void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private static IOException failure(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("Broken pipe")
        ? new ClosedException(e)
        : new IOException("cannot write the output: " + message, e);
  }

  /** Writes a failure in one line, after what was written before it. */
  void error(String sentence) {
    try {
      out.flush();
    } catch (IOException e) {
      // The failure is what is to be told.
    }
    err.print("diskformat: " + printable(sentence) + "\n");
    err.flush();
  }

  /** Writes where a failure came from. */
  void trace(Throwable failure) {
    failure.printStackTrace(err);
    err.flush();
  }

  /**
   * Returns text that was found in an image, or as a file's name, so that a terminal shows it and
   * does nothing else: control characters, and those that reorder or hide what is beside them, are
   * written as escapes.
   */
  static String printable(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isHarmful(c)) {
        return escaped(text, i);
      }
    }
    return text;
  }

  private static String escaped(String text, int start) {
    StringBuilder result = new StringBuilder(text.length() + 16).append(text, 0, start);
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isHarmful(c)) {
        result.append("\\u").append(Integer.toHexString(0x10000 | c), 1, 5);
      } else {
        result.append(c);
      }
    }
    return result.toString();
  }

  private static boolean isHarmful(char c) {
    if (c >= ' ' && c < 0x7f) {
      return false;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
