package io.diskformat.transfer;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Brings the results of workers, which come in any order, into the order of the disk. A worker that
 * gets too far ahead of the others waits, so that little is kept. Thread-safe.
 *
 * @param <T> the type of the result of a window
 */
final class InOrder<T> {
  /** The number of windows per worker that may be under way. */
  private static final int AHEAD = 16;

  /** Receives the results of windows, in the order of the disk. */
  @FunctionalInterface
  interface Sink<T> {
    /** Receives the result of the next window; returns whether it wants more. */
    boolean take(Window window, T made) throws IOException;
  }

  private record Part<T>(Window window, T made) {}

  private final Sink<T> sink;
  private final Semaphore places;
  private volatile boolean ended;

  /** The results that wait for an earlier one, by the offset of their window. */
  private final Map<Long, Part<T>> waiting = new HashMap<>();

  /** The offset up to which the sink has everything, in bytes. */
  private long done;

  private boolean full;

  InOrder(int workers, Sink<T> sink) {
    this.sink = sink;
    this.places = new Semaphore(AHEAD * workers);
  }

  /**
   * Waits while too many windows are under way. To be called before a window is taken.
   *
   * @throws java.io.InterruptedIOException if the job is to end
   * @throws io.diskformat.LimitExceededException if its deadline has passed
   */
  void takePlace() throws IOException {
    if (!places.tryAcquire()) {
      Crew.nap(() -> places.tryAcquire(Crew.NAP, TimeUnit.MILLISECONDS));
    }
    if (ended) {
      places.release();
    }
  }

  /**
   * Ends all waiting. To be called by a worker that took a place and adds nothing: the window that
   * others would wait for may never come.
   */
  void end() {
    ended = true;
    places.release();
  }

  /** Adds the result of a window; returns false once the sink wants no more. */
  synchronized boolean add(Window window, T made) throws IOException {
    waiting.put(window.offset(), new Part<>(window, made));
    Part<T> next;
    while (!full && (next = waiting.remove(done)) != null) {
      full = !sink.take(next.window(), next.made());
      done = next.window().end();
      places.release();
    }
    return !full;
  }
}
