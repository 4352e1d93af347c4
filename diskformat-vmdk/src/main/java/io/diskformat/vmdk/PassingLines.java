package io.diskformat.vmdk;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The lines of a text that passes by, which ends with its file, at a limit, or with a zero byte.
 * Each is known with its last byte.
 */
final class PassingLines {
  /** The longest line, in bytes: longer than any of a descriptor. */
  private static final int LONGEST_LINE = 4096;

  /** Receives the lines, as Latin-1. */
  interface Sink {
    /**
     * Receives a line, without its end.
     *
     * @param position where it begins
     * @return whether to go on
     */
    boolean line(long position, String line);

    /**
     * Receives the beginning of a line that has not ended after these bytes of text.
     *
     * @return whether to go on
     */
    default boolean pause(long position, String line) {
      return true;
    }

    /**
     * Called when there is no further line.
     *
     * @param position behind the text
     */
    void end(long position);

    /** Called when a line is too long. */
    void tooLong(long position);
  }

  private final PassingImage image;
  private final long start;
  private final long limit;
  private final int pause;
  private final Sink sink;
  private final StringBuilder line = new StringBuilder();
  private long at;
  private boolean ended;

  /**
   * Begins with nothing.
   *
   * @param limit the largest length of the text, in bytes
   * @param pause after how many bytes the sink is asked whether to go on
   */
  PassingLines(PassingImage image, long start, long limit, int pause, Sink sink) {
    this.image = image;
    this.start = start;
    this.limit = limit;
    this.pause = pause;
    this.sink = sink;
    this.at = start;
  }

  void begin() {
    next();
    image.atEnd(1, (size, tail) -> endAt(at));
  }

  private void next() {
    if (at - start == pause && !ended && !sink.pause(at - line.length(), line.toString())) {
      ended = true;
    }
    if (at - start == limit) {
      endAt(at);
    } else if (!ended) {
      image.read(at, 1, this::take);
    }
  }

  private void take(ByteBuffer bytes) {
    byte next = bytes.get();
    at++;
    if (next == 0) {
      endAt(at);
    } else if (next == '\n' || next == '\r') {
      ended = !flush(at - 1);
    } else if (line.length() == LONGEST_LINE) {
      ended = true;
      sink.tooLong(at - 1 - LONGEST_LINE);
    } else {
      line.append((char) (next & 0xff));
    }
    next();
  }

  private boolean flush(long end) {
    String text = line.toString();
    line.setLength(0);
    return sink.line(end - text.length(), text);
  }

  private void endAt(long position) {
    if (!ended) {
      ended = true;
      if (line.isEmpty() || flush(position)) {
        sink.end(position);
      }
    }
  }

  /** Returns the bytes of a text that was handed out. */
  static byte[] bytes(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }
}
