package io.diskformat.transfer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A limit for how fast workers read, all of them together. Thread-safe. */
final class Pace {
  private final long bytesPerSecond;

  /** The time from which on the next bytes may be read, by {@link System#nanoTime}. */
  private long due = System.nanoTime();

  Pace(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Returns a feed of the same windows that keeps this pace. */
  Feed of(Feed feed) {
    return new Feed() {
      @Override
      public @Nullable Window next() throws IOException {
        return feed.next();
      }

      @Override
      public void release() {
        feed.release();
      }

      @Override
      public void read(long offset, MemorySegment target) throws IOException {
        await(takeTurn(target.byteSize()));
        feed.read(offset, target);
      }
    };
  }

  /** Returns when some bytes may be read. */
  private synchronized long takeTurn(long bytes) {
    long now = System.nanoTime();
    long turn = due - now > 0 ? due : now;
    due = turn + (long) (bytes * (1e9 / bytesPerSecond));
    return turn;
  }

  private static void await(long turn) throws IOException {
    long nap = TimeUnit.MILLISECONDS.toNanos(Crew.NAP);
    Crew.nap(() -> {
      long left = turn - System.nanoTime();
      if (left > 0) {
        TimeUnit.NANOSECONDS.sleep(Math.min(left, nap));
      }
      return left <= nap;
    });
  }
}
