package io.diskformat.imageservice.download;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;

/** The data of an answer that comes in chunks, each with its length before it. */
final class ChunkedBody extends InputStream {
  private static final int LONGEST_LINE = 4096;

  private final InputStream in;
  private final Socket socket;
  private long left;
  private boolean isFirst = true;
  private boolean isOver;

  ChunkedBody(InputStream in, Socket socket) {
    this.in = in;
    this.socket = socket;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (left == 0 && !isOver) {
      next();
    }
    if (isOver) {
      return -1;
    }
    int count = in.read(bytes, offset, (int) Math.min(length, left));
    if (count < 0) {
      throw new EOFException("the server closed the connection within a chunk");
    }
    left -= count;
    return count;
  }

  private void next() throws IOException {
    if (!isFirst && !line().isEmpty()) {
      throw new IOException("the server sent a chunk that is longer than it said");
    }
    isFirst = false;
    String digits = line().split(";", 2)[0].trim();
    if (!digits.matches("[0-9a-fA-F]{1,15}")) {
      throw new IOException("the server sent a chunk of no length");
    }
    left = Long.parseLong(digits, 16);
    isOver = left == 0;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0 || line.length() == LONGEST_LINE) {
        throw new EOFException("the server sent no end of a line");
      }
      if (c != '\r') {
        var _ = line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
