package io.diskformat.imageservice.http;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Ends exchanges with clients that send, or take, too slowly: for transports, as each of them lets
 * some clients hold a connection for ever. Only the time counts in which a client was waited for.
 * Thread-safe.
 */
public final class SlowClients implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(SlowClients.class.getName());

  /** The most that is read of a body that was refused, in bytes: no client sends for ever. */
  private static final long MOST_FORGOTTEN = 64L << 30;

  private final ClientPatience patience;
  private final LongSupplier clock;
  private final Set<Pace> watched = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("slow clients").factory());

  /** Begins to watch. */
  public SlowClients(ClientPatience patience) {
    this(patience, System::nanoTime);
    long every = Math.max(100, patience.silence().toMillis() / 20);
    var _ = timer.scheduleAtFixedRate(this::check, every, every, TimeUnit.MILLISECONDS);
  }

  /**
   * Begins, for tests.
   *
   * @param clock the time, in nanoseconds
   */
  SlowClients(ClientPatience patience, LongSupplier clock) {
    this.patience = patience;
    this.clock = clock;
  }

  /** How a client sends or takes. */
  private static final class Pace {
    private final Runnable end;
    private long bytes;
    private long waited;
    private long since;
    private boolean waits;
    private boolean isEnded;

    Pace(Runnable end) {
      this.end = end;
    }

    synchronized void begin(long now) {
      since = now;
      waits = true;
    }

    /** Says that the client need not be waited for any more. */
    synchronized void arrived(long now, long count) throws IOException {
      waited += now - since;
      waits = false;
      bytes += count;
      if (isEnded) {
        // The interrupt, if that was the end, has done its work; what is put in order now must not
        // be interrupted.
        boolean _ = Thread.interrupted();
        throw new IOException("the client is too slow");
      }
    }

    synchronized void endIfTooSlow(long now, ClientPatience patience) {
      if (!waits || isEnded) {
        return;
      }
      long silent = now - since;
      long all = waited + silent;
      if (silent > patience.silence().toNanos()
          || (all > patience.grace().toNanos() && bytes < all / 1e9 * patience.bytesPerSecond())) {
        isEnded = true;
        end.run();
      }
    }
  }

  /** Ends what is too slow now. */
  void check() {
    long now = clock.getAsLong();
    for (Pace pace : watched) {
      try {
        pace.endIfTooSlow(now, patience);
      } catch (RuntimeException | Error e) {
        // Whatever it was, a timer whose work fails does it no more, and none would be ended.
        LOG.log(System.Logger.Level.WARNING, "a client that is too slow was not ended", e);
      }
    }
  }

  /**
   * Watches what a client sends.
   *
   * @param end ends its exchange, so that a read that waits fails; is called once at most, by
   *     another thread
   */
  public InputStream watch(InputStream body, Runnable end) {
    return new Body(body, new Pace(end));
  }

  /**
   * Watches what a client takes.
   *
   * @param end ends its exchange, so that a write that waits fails; is called once at most, by
   *     another thread
   */
  public OutputStream watch(OutputStream answer, Runnable end) {
    return new Answer(answer, new Pace(end));
  }

  /**
   * Reads what a client still sends that was refused, until it ends or goes, or that is too much.
   */
  public static void forget(InputStream body) {
    byte[] buffer = new byte[64 << 10];
    try {
      long left = MOST_FORGOTTEN;
      for (int count = 0; count >= 0 && left > 0; left -= count) {
        count = body.read(buffer);
      }
    } catch (IOException e) {
      // The client is gone, which is as good.
    }
  }

  @Override
  public void close() {
    var _ = timer.shutdownNow();
  }

  private final class Body extends InputStream {
    private final InputStream in;
    private final Pace pace;

    Body(InputStream in, Pace pace) {
      this.in = in;
      this.pace = pace;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = 0;
      pace.begin(clock.getAsLong());
      boolean _ = watched.add(pace);
      try {
        count = in.read(bytes, offset, length);
        return count;
      } finally {
        boolean _ = watched.remove(pace);
        pace.arrived(clock.getAsLong(), Math.max(0, count));
      }
    }

    @Override
    public int available() throws IOException {
      return in.available();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private final class Answer extends FilterOutputStream {
    private final Pace pace;

    Answer(OutputStream out, Pace pace) {
      super(out);
      this.pace = pace;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      pace.begin(clock.getAsLong());
      boolean _ = watched.add(pace);
      try {
        out.write(bytes, offset, length);
      } finally {
        boolean _ = watched.remove(pace);
        pace.arrived(clock.getAsLong(), length);
      }
    }
  }
}
