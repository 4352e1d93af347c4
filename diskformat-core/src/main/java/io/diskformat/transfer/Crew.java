package io.diskformat.transfer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Several threads that work off one job. The first failure of any stops all of them, each after the
 * step it is at, and is thrown to whoever ran the crew.
 *
 * <p>The caller itself only waits: so its being interrupted ends the job without the interrupt ever
 * reaching a device, some of which an interrupt would close.
 */
final class Crew {
  private static final int MOST_BY_DEFAULT = 8;

  /** What a worker does again and again. */
  @FunctionalInterface
  interface Step {
    /** Does a small part of the job; returns false when there is nothing left to do. */
    boolean run() throws IOException;
  }

  /** Makes a worker ready. */
  @FunctionalInterface
  interface Trade {
    /**
     * Returns what one worker does. Called by each worker for itself.
     *
     * @param arena for the worker's buffers; it is closed when the worker is done
     */
    Step learn(Arena arena) throws IOException;
  }

  private volatile boolean stopped;
  private @Nullable Throwable failure;

  private Crew() {}

  /** Returns how many workers there are unless the caller says otherwise. */
  static int defaultSize() {
    return Math.min(Runtime.getRuntime().availableProcessors(), MOST_BY_DEFAULT);
  }

  /** Returns {@code workers} if that many can be had. */
  static int checkSize(int workers) {
    if (workers < 1) {
      throw new IllegalArgumentException("at least one worker is needed: " + workers);
    }
    return workers;
  }

  /**
   * Runs a job to its end. When this returns or throws, no worker is left.
   *
   * @param size how many workers
   * @param name what they do, for the names of their threads
   * @throws InterruptedIOException if the calling thread is interrupted; its flag is set again
   * @throws IOException the first failure of any worker, unless it was an unchecked exception,
   *     which is thrown as it is; those of others are suppressed in it
   */
  static void run(int size, String name, Trade trade) throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted before it began");
    }
    Crew crew = new Crew();
    List<Thread> threads = new ArrayList<>();
    try {
      for (int i = 0; i < size; i++) {
        threads.add(
            Thread.ofPlatform()
                .daemon()
                .name("diskformat-" + name + "-" + i)
                .start(() -> crew.work(trade)));
      }
    } catch (OutOfMemoryError e) {
      // No more threads are to be had.
      crew.fail(e);
    }
    crew.await(threads);
    crew.throwFailure();
  }

  private void work(Trade trade) {
    // Shared, as a device may hand the buffer to a thread of its own.
    try (Arena arena = Arena.ofShared()) {
      Step step = trade.learn(arena);
      boolean more = true;
      while (more && !stopped) {
        more = step.run();
      }
    } catch (Throwable e) {
      fail(e);
    }
  }

  private synchronized void fail(Throwable e) {
    stopped = true;
    if (failure == null) {
      failure = e;
    } else if (!failure.equals(e)) {
      failure.addSuppressed(e);
    }
  }

  private void await(List<Thread> threads) {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (true) {
        try {
          thread.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
          fail(new InterruptedIOException("interrupted while it was under way"));
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void throwFailure() throws IOException {
    Throwable e = failure;
    switch (e) {
      case null -> {}
      case IOException io -> throw io;
      case RuntimeException unchecked -> throw unchecked;
      default -> throw (Error) e;
    }
  }
}
