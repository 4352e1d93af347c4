package io.diskformat.transfer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Several worker threads that share one job. The first failure of any stops all of them, each after
 * its current step, and is thrown to the caller of {@link #run}.
 *
 * <p>The calling thread only waits: so an interrupt of it ends the job without ever reaching a
 * device, some of which an interrupt would close.
 */
final class Crew {
  /** The largest default number of workers. */
  private static final int MOST_BY_DEFAULT = 8;

  /**
   * The memory of all workers' buffers together, in bytes, if the JVM has {@link #PART} times that.
   */
  private static final long MOST_BUFFERS = 64 << 20;

  /** The divisor of the JVM's maximum memory that bounds the buffers' memory. */
  private static final int PART = 4;

  /** A step of the job, which a worker repeats. */
  @FunctionalInterface
  interface Step {
    /** Does a small part of the job; returns whether there may be more. */
    boolean run() throws IOException;
  }

  /** Prepares a worker. */
  @FunctionalInterface
  interface Trade {
    /**
     * Returns the step of one worker. Called by each worker for itself.
     *
     * @param arena for the worker's buffers; it is closed when the worker is done
     */
    Step learn(Arena arena) throws IOException;
  }

  /** What a worker works for. */
  private static final ThreadLocal<Crew> CURRENT = new ThreadLocal<>();

  private final Deadline deadline;
  private volatile boolean stopped;
  private @Nullable Throwable failure;

  private Crew(Deadline deadline) {
    this.deadline = deadline;
  }

  /**
   * Throws if the job of the calling worker has ended, for a worker that waits in between.
   *
   * @throws InterruptedIOException if the job is to end before it is done
   * @throws io.diskformat.LimitExceededException if its deadline has passed
   */
  static void checkGoesOn() throws IOException {
    Crew crew = CURRENT.get();
    if (crew == null) {
      return;
    }
    if (crew.stopped) {
      throw new InterruptedIOException("ended while a worker waited");
    }
    crew.deadline.check();
  }

  /** Returns the default number of workers. */
  static int defaultSize() {
    return Math.min(Runtime.getRuntime().availableProcessors(), MOST_BY_DEFAULT);
  }

  /** Returns {@code workers} if it is a valid number of workers. */
  static int checkSize(int workers) {
    if (workers < 1) {
      throw new IllegalArgumentException("at least one worker is needed: " + workers);
    }
    return workers;
  }

  /**
   * Runs a job to its end. When this returns or throws, no worker is left.
   *
   * @param size the number of workers; fewer run if there is no memory for the buffers of all, but
   *     at least one
   * @param buffers the size of each worker's buffers together, in bytes
   * @param name what the workers do, for the names of their threads
   * @param deadline at which the job ends; looked at before each step
   * @param trade prepares each worker
   * @throws InterruptedIOException if the calling thread is interrupted; its flag is set again
   * @throws io.diskformat.LimitExceededException if the deadline passed before all was done
   * @throws IOException if a worker fails with one; an unchecked exception is thrown as it is.
   *     Failures of other workers are suppressed in the first one
   */
  static void run(int size, long buffers, String name, Deadline deadline, Trade trade)
      throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted before it began");
    }
    Crew crew = new Crew(deadline);
    List<Thread> threads = new ArrayList<>();
    try {
      for (int i = 0; i < sizeFor(size, buffers); i++) {
        threads.add(
            Thread.ofPlatform()
                .daemon()
                .name("diskformat-" + name + "-" + i)
                .start(() -> crew.work(trade)));
      }
    } catch (OutOfMemoryError e) {
      // No more threads can be started.
      crew.fail(e);
    }
    crew.await(threads);
    crew.throwFailure();
  }

  private static long sizeFor(int size, long buffers) {
    long budget = Math.min(MOST_BUFFERS, Runtime.getRuntime().maxMemory() / PART);
    return Math.clamp(budget / Math.max(1, buffers), 1, size);
  }

  private void work(Trade trade) {
    // Shared, because a device may pass the buffer to a thread of its own.
    CURRENT.set(this);
    try (Arena arena = Arena.ofShared()) {
      Step step = trade.learn(arena);
      boolean more = true;
      while (more && !stopped) {
        deadline.check();
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
