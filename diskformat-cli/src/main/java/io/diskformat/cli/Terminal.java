package io.diskformat.cli;

import java.io.BufferedWriter;
import java.io.Console;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the tool writes. Output is buffered; whether it arrives is known only once {@link #flush()}
 * has returned. Unlike with a {@link PrintStream}, output that cannot be written is an exception.
 */
final class Terminal {
  private final Charset charset;
  private final OutputStream bytes;
  private final Writer out;
  private final PrintStream err;
  private final boolean ofProcess;

  /**
   * Writes to two streams.
   *
   * @param ofProcess whether they are the process' own, and so may be shown on a screen
   */
  Terminal(OutputStream out, OutputStream err, Charset charset, boolean ofProcess) {
    this.charset = charset;
    this.ofProcess = ofProcess;
    this.bytes = out;
    this.out = new BufferedWriter(new OutputStreamWriter(out, charset));
    this.err = new PrintStream(err, true, charset);
  }

  /** Reports that nobody reads the output any more. */
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

  /** Returns whether this writes to the process' own streams. */
  boolean isOfProcess() {
    return ofProcess;
  }

  /** Returns whether what is written appears on a screen at once. */
  boolean isInteractive() {
    Console console = ofProcess ? System.console() : null;
    return console != null && console.isTerminal();
  }

  /**
   * Returns whether what is written appears on a screen at once.
   *
   * @param aside whether what is written to the standard error is meant, or to the standard output
   */
  boolean isScreen(boolean aside) {
    if (!ofProcess) {
      return false;
    }
    try {
      // The JDK does not say so of the standard error, nor of the one where the other is a pipe.
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + (aside ? 2 : 1))).toString();
      return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return isInteractive();
    }
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

  /** Writes bytes as they are, after the text that was written before them. */
  void write(byte[] source, int length) throws IOException {
    flush();
    try {
      bytes.write(source, 0, length);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Returns a channel that writes bytes as they are, after the text that was written before. */
  WritableByteChannel channel() throws IOException {
    flush();
    WritableByteChannel direct = Channels.newChannel(bytes);
    return new WritableByteChannel() {
      @Override
      public int write(ByteBuffer source) throws IOException {
        try {
          return direct.write(source);
        } catch (IOException e) {
          throw failure(e);
        }
      }

      @Override
      public boolean isOpen() {
        return direct.isOpen();
      }

      @Override
      public void close() {
        // The writer goes on with the next text.
      }
    };
  }

  /** Writes out what is buffered. */
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
      // The failure that is being reported matters more.
    }
    err.print("diskformat: " + printable(sentence) + "\n");
    err.flush();
  }

  /** Writes text to the standard error as it is, and at once. */
  void aside(String text) {
    err.print(text);
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
      if (isHarmful(text, i)) {
        return escaped(text, i);
      }
    }
    return text;
  }

  private static String escaped(String text, int start) {
    StringBuilder result = new StringBuilder(text.length() + 16).append(text, 0, start);
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isHarmful(text, i)) {
        result.append("\\u").append(Integer.toHexString(0x10000 | c), 1, 5);
      } else {
        result.append(c);
      }
    }
    return result.toString();
  }

  private static boolean isHarmful(String text, int index) {
    char c = text.charAt(index);
    if (c >= ' ' && c < 0x7f) {
      return false;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      // An unpaired surrogate is no character, and stands for a byte that is no text.
      case Character.SURROGATE -> !isInPair(text, index);
      default -> false;
    };
  }

  private static boolean isInPair(String text, int index) {
    int first = Character.isHighSurrogate(text.charAt(index)) ? index : index - 1;
    return first >= 0
        && first + 1 < text.length()
        && Character.isSurrogatePair(text.charAt(first), text.charAt(first + 1));
  }
}
