package io.diskformat.imageservice.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.imageservice.ImageServiceException;
import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class MinimumRateTest {
  private static final long SECOND = 1_000_000_000;

  private final AtomicLong now = new AtomicLong();

  /** A server that takes some time for each piece, and may be slower at first. */
  private InputStream server(long first, long then, int piece, int pieces) {
    InputStream source =
        new InputStream() {
          private int left = pieces;

          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] bytes, int offset, int length) {
            long _ = now.addAndGet(left == pieces ? first : then);
            return left-- == 0 ? -1 : Math.min(length, piece);
          }
        };
    return new MinimumRate(
        source,
        60 * SECOND,
        1000,
        now::get,
        () -> new ImageServiceException(Problem.INVALID, "too slow"));
  }

  private long read(InputStream server) throws IOException {
    byte[] bytes = new byte[1 << 20];
    long all = 0;
    for (int count; (count = server.read(bytes, 0, bytes.length)) >= 0; ) {
      all += count;
      // What is done with it takes time, too, and is nobody's fault.
      long _ = now.addAndGet(100 * SECOND);
    }
    return all;
  }

  @Test
  void whoIsQuickEnoughSendsAll() throws IOException {
    assertEquals(10_000_000, read(server(59 * SECOND, SECOND, 1000, 10_000)));
    // A pause, if much came in the same minute.
    assertEquals(60_000 * 20, read(server(0, 59 * SECOND, 60_000, 20)));
  }

  @Test
  void whoDripsIsRefused() {
    assertThrows(ImageServiceException.class, () -> read(server(0, 59 * SECOND, 1, 1 << 30)));
    assertThrows(ImageServiceException.class, () -> read(server(0, SECOND, 999, 1 << 30)));
    assertThrows(ImageServiceException.class, () -> read(server(0, 1000, 0, 1 << 30)));
  }

  /** Who sent much at first is not allowed to be slow for ever. */
  @Test
  void aQuickStartDoesNotCount() {
    InputStream quick = server(0, 0, 1 << 20, 1000);
    InputStream source =
        new InputStream() {
          private int reads;

          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            if (reads++ < 1000) {
              return quick.read(bytes, offset, length);
            }
            long _ = now.addAndGet(SECOND);
            return 1;
          }
        };
    InputStream rated =
        new MinimumRate(
            source,
            60 * SECOND,
            1000,
            now::get,
            () -> new ImageServiceException(Problem.INVALID, "too slow"));
    assertThrows(ImageServiceException.class, () -> read(rated));
  }

  /** Who is silent sends nothing, in as much time. */
  @Test
  void whoIsSilentIsRefused() {
    InputStream silent =
        new InputStream() {
          private int reads;

          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            if (reads++ == 0) {
              return 1;
            }
            throw new SocketTimeoutException("Read timed out");
          }
        };
    InputStream rated =
        new MinimumRate(
            silent,
            60 * SECOND,
            1000,
            now::get,
            () -> new ImageServiceException(Problem.INVALID, "too slow"));
    assertThrows(ImageServiceException.class, () -> read(rated));
  }
}
