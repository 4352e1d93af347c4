package io.diskformat.imageservice.download;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;

/** The data of an answer up to a length that was said, or else up to the end of the connection. */
final class PlainBody extends InputStream {
  private final InputStream in;
  private final Socket socket;
  private final boolean hasLength;
  private long left;

  PlainBody(InputStream in, Socket socket, long length) {
    this.in = in;
    this.socket = socket;
    this.hasLength = length >= 0;
    this.left = hasLength ? length : Long.MAX_VALUE;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (left == 0) {
      return -1;
    }
    int count = in.read(bytes, offset, (int) Math.min(length, left));
    if (count < 0 && hasLength) {
      throw new EOFException("the server closed the connection " + left + " bytes before the end");
    }
    left -= Math.max(0, count);
    return count;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
