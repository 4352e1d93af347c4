package io.diskformat.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** The first or last lines of a file, of which no more is read than it takes. */
final class FileLines {
  private static final int PIECE = 1 << 16;
  private static final long MOST = 256 << 20;

  private FileLines() {}

  /**
   * Returns lines with their ends.
   *
   * @throws IOException if that fails, or they are longer than fits into memory
   */
  static byte[] of(Path file, int count, boolean first) throws IOException {
    return first ? first(file, count) : last(file, count);
  }

  private static byte[] first(Path file, int count) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] piece = new byte[PIECE];
      int left = count;
      for (int n; left > 0 && (n = in.read(piece)) > 0; ) {
        int end = 0;
        while (end < n && left > 0) {
          if (piece[end++] == '\n') {
            left--;
          }
        }
        lines.write(piece, 0, end);
        check(file, lines.size());
      }
    }
    return lines.toByteArray();
  }

  private static byte[] last(Path file, int count) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      long size = channel.size();
      long from = size;
      int left = count;
      while (from > 0 && left >= 0 && count > 0) {
        int length = (int) Math.min(PIECE, from);
        byte[] piece = read(channel, from - length, length);
        int at = length;
        for (; at > 0; at--) {
          // The end of the last line is before no other line.
          if (piece[at - 1] == '\n' && from - length + at != size && --left == 0) {
            break;
          }
        }
        from -= length - at;
        check(file, size - from);
        if (left == 0) {
          break;
        }
      }
      return read(channel, from, (int) (size - from));
    }
  }

  private static void check(Path file, long length) throws IOException {
    if (length > MOST) {
      throw new IOException(file + ": has lines of more than " + MOST + " bytes");
    }
  }

  private static byte[] read(SeekableByteChannel channel, long from, int length)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    var _ = channel.position(from);
    while (buffer.hasRemaining() && channel.read(buffer) > 0) {
      // All of it.
    }
    return buffer.array();
  }
}
