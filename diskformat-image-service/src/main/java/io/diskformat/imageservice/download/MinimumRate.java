package io.diskformat.imageservice.download;

import io.diskformat.imageservice.ImageServiceException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What a server sends, which fails if that comes too slowly for too long. Only the time counts in
 * which the server was waited for, and not that before its first byte.
 */
final class MinimumRate extends FilterInputStream {
  private final long window;
  private final long bytesPerSecond;
  private final LongSupplier clock;
  private final Supplier<ImageServiceException> refusal;
  private boolean begun;
  private long waited;
  private long bytes;

  /**
   * Begins.
   *
   * @param window for how long it may be too slow, in nanoseconds
   * @param clock the time, in nanoseconds
   * @param refusal what is thrown then
   */
  MinimumRate(
      InputStream in,
      long window,
      long bytesPerSecond,
      LongSupplier clock,
      Supplier<ImageServiceException> refusal) {
    super(in);
    this.window = window;
    this.bytesPerSecond = bytesPerSecond;
    this.clock = clock;
    this.refusal = refusal;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    long before = clock.getAsLong();
    int count;
    try {
      count = in.read(target, offset, length);
    } catch (SocketTimeoutException e) {
      if (begun && bytesPerSecond > 0) {
        // What is silent is too slow as well.
        throw refusal.get();
      }
      throw e;
    }
    if (begun) {
      waited += clock.getAsLong() - before;
      bytes += Math.max(0, count);
    }
    begun = true;
    if (waited >= window) {
      if (bytes < waited / 1e9 * bytesPerSecond && count >= 0) {
        throw refusal.get();
      }
      waited = 0;
      bytes = 0;
    }
    return count;
  }
}
