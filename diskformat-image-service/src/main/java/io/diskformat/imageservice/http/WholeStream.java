package io.diskformat.imageservice.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A body that fails if it ends before all has come that was announced. */
final class WholeStream extends FilterInputStream {
  private long left;

  /**
   * Begins.
   *
   * @param length in bytes, or a negative number if none was announced
   */
  WholeStream(InputStream in, long length) {
    super(in);
    this.left = length;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int count = super.read(bytes, offset, length);
    if (count < 0 && left > 0) {
      throw ApiException.invalid("The data did not come to its end");
    }
    left -= Math.max(0, count);
    return count;
  }
}
