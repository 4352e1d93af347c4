package io.diskformat.transfer;

import io.diskformat.ProgressListener;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Progress with the rate at which it is made, and the time that is left at that rate.
 *
 * <pre>{@code
 * Conversion.from(source).to(path, options)
 *     .progress(new RatedProgress(report -> show(report.bytesPerSecond(), report.left())))
 *     .run();
 * }</pre>
 *
 * <p>For one operation. As with every {@link ProgressListener}, no two threads call it at once.
 */
public final class RatedProgress implements ProgressListener {
  /** How long a rate is measured before it counts, in nanoseconds. */
  private static final long PERIOD = Duration.ofMillis(500).toNanos();

  /** How much of the rate so far a new one replaces. */
  private static final double WEIGHT = 0.3;

  private static final double NANOS = 1e9;

  /**
   * How far an operation is.
   *
   * @param done the number of bytes that are done
   * @param total the number of bytes in all
   * @param bytesPerSecond of late; 0 before anything is known of it
   * @param elapsed since the operation began
   * @param left until its end, at that rate, or empty if nothing is known of it
   */
  public record Report(
      long done, long total, long bytesPerSecond, Duration elapsed, Optional<Duration> left) {}

  /** Receives reports. */
  @FunctionalInterface
  public interface Listener {
    /** Receives a report. What this throws ends the operation. */
    void report(Report report);
  }

  private final Listener listener;
  private final LongSupplier clock;
  private final long begun;
  private long measuredAt;
  private long measuredDone;
  private double rate;

  /** Creates a listener for an operation that begins now. */
  public RatedProgress(Listener listener) {
    this(listener, System::nanoTime);
  }

  /**
   * Creates a listener.
   *
   * @param clock returns the time in nanoseconds
   */
  RatedProgress(Listener listener, LongSupplier clock) {
    this.listener = Objects.requireNonNull(listener);
    this.clock = clock;
    this.begun = clock.getAsLong();
    this.measuredAt = begun;
  }

  @Override
  public void progress(long done, long total) {
    long now = clock.getAsLong();
    long period = now - measuredAt;
    if (period >= PERIOD) {
      double latest = (done - measuredDone) * NANOS / period;
      rate = measuredAt == begun ? latest : rate + WEIGHT * (latest - rate);
      measuredAt = now;
      measuredDone = done;
    }
    Optional<Duration> left =
        rate < 1
            ? Optional.empty()
            : Optional.of(Duration.ofSeconds(Math.round((total - done) / rate)));
    listener.report(
        new Report(
            done,
            total,
            Math.round(rate),
            Duration.ofNanos(now - begun),
            done == total ? Optional.of(Duration.ZERO) : left));
  }
}
