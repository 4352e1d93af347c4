package io.diskformat.transfer;

import io.diskformat.LimitExceededException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
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

  /** What may take any time, as somebody else has to do something for it. */
  @FunctionalInterface
  interface Wait<T> {
    /** Waits, and returns what it was for. */
    T run() throws IOException;
  }

  /** The longest that a worker waits without looking whether its job goes on, in milliseconds. */
  static final long NAP = 20;

  /** The worker that a thread is. */
  private static final ThreadLocal<Worker> CURRENT = new ThreadLocal<>();

  private final Deadline deadline;
  private final List<Worker> workers = new ArrayList<>();
  private volatile boolean stopped;
  private @Nullable Throwable failure;

  private Crew(Deadline deadline) {
    this.deadline = deadline;
  }

  // What a worker asks

  /**
   * Throws if the job of the calling worker has ended, for a worker that goes on for long.
   *
   * @throws InterruptedIOException if the job is to end before it is done
   * @throws LimitExceededException if its deadline has passed
   */
  static void checkGoesOn() throws IOException {
    Worker worker = CURRENT.get();
    if (worker != null) {
      worker.checkGoesOn();
    }
  }

  /**
   * Waits for a stream. If the job is to end meanwhile, it does so without this worker, which is
   * left to itself: this throws once the stream has gone on, and the worker ends. What the worker
   * does while it waits must harm nobody then.
   *
   * @throws InterruptedIOException if the job is to end
   */
  static <T> T awaiting(Wait<T> wait) throws IOException {
    Worker worker = CURRENT.get();
    if (worker == null) {
      return wait.run();
    }
    worker.goAway();
    try {
      return wait.run();
    } finally {
      worker.comeBack();
    }
  }

  /**
   * Takes a lock whose holder may wait for a stream.
   *
   * @throws InterruptedIOException if the job is to end; then the lock is not held
   * @throws LimitExceededException if its deadline has passed
   */
  static void lock(Lock lock) throws IOException {
    if (lock.tryLock()) {
      return;
    }
    nap(() -> lock.tryLock(NAP, TimeUnit.MILLISECONDS));
  }

  /**
   * Waits for a change that another worker makes, and that may never come if the job is to end.
   *
   * @param change returns whether it has come; waits for {@link #NAP} at most
   * @throws InterruptedIOException if the job is to end
   * @throws LimitExceededException if its deadline has passed
   */
  static void nap(Change change) throws IOException {
    try {
      do {
        checkGoesOn();
      } while (!change.awaited());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while it waited");
    }
  }

  /** What another worker changes. */
  @FunctionalInterface
  interface Change {
    /** Waits a little; returns whether the change has come. */
    boolean awaited() throws InterruptedException;
  }

  // Running

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
   * Runs a job to its end. When this returns or throws, no worker is left, except one that waits
   * for a stream while the job is to end: that one touches nothing any more but the stream.
   *
   * @param size the number of workers; fewer run if there is no memory for the buffers of all, but
   *     at least one
   * @param buffers the size of each worker's buffers together, in bytes
   * @param name what the workers do, for the names of their threads
   * @param deadline at which the job ends; looked at before each step
   * @param trade prepares each worker
   * @throws InterruptedIOException if the calling thread is interrupted; its flag is set again
   * @throws LimitExceededException if the deadline passed before all was done
   * @throws IOException if a worker fails with one; an unchecked exception is thrown as it is.
   *     Failures of other workers are suppressed in the first one
   */
  static void run(int size, long buffers, String name, Deadline deadline, Trade trade)
      throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted before it began");
    }
    Crew crew = new Crew(deadline);
    try {
      for (int i = 0; i < sizeFor(size, buffers); i++) {
        crew.hire("diskformat-" + name + "-" + i, trade);
      }
    } catch (OutOfMemoryError e) {
      // No more threads can be started.
      crew.fail(e);
    }
    crew.await();
    crew.throwFailure();
  }

  private static long sizeFor(int size, long buffers) {
    long budget = Math.min(MOST_BUFFERS, Runtime.getRuntime().maxMemory() / PART);
    return Math.clamp(budget / Math.max(1, buffers), 1, size);
  }

  private void hire(String name, Trade trade) {
    Worker worker = new Worker(trade);
    worker.thread = Thread.ofPlatform().daemon().name(name).start(worker);
    workers.add(worker);
  }

  /** One thread; its state is guarded by the crew. */
  private final class Worker implements Runnable {
    private final Trade trade;
    private @Nullable Thread thread;
    private boolean away;
    private boolean ended;

    Worker(Trade trade) {
      this.trade = trade;
    }

    @Override
    public void run() {
      CURRENT.set(this);
      // Shared, because a device may pass the buffer to a thread of its own.
      try (Arena arena = Arena.ofShared()) {
        Step step = trade.learn(arena);
        boolean more = true;
        while (more && !stopped) {
          deadline.check();
          more = step.run();
        }
      } catch (Throwable e) {
        fail(e);
      } finally {
        end();
      }
    }

    private void end() {
      synchronized (Crew.this) {
        ended = true;
        Crew.this.notifyAll();
      }
    }

    void checkGoesOn() throws IOException {
      if (stopped) {
        throw new Ended();
      }
      deadline.check();
    }

    void goAway() throws IOException {
      synchronized (Crew.this) {
        checkGoesOn();
        away = true;
      }
    }

    void comeBack() throws Ended {
      synchronized (Crew.this) {
        away = false;
        if (stopped) {
          throw new Ended();
        }
      }
    }
  }

  /** Ends a worker whose job is to end. */
  private static final class Ended extends InterruptedIOException {
    private static final long serialVersionUID = 1L;

    Ended() {
      super("the job is to end");
    }
  }

  private synchronized void fail(Throwable e) {
    stopped = true;
    if (failure == null) {
      failure = e;
    } else if (!(e instanceof Ended) && !failure.equals(e)) {
      failure.addSuppressed(e);
    }
    notifyAll();
  }

  /** Waits until all workers have ended, or are left to themselves. */
  private void await() {
    boolean interrupted = false;
    for (Worker worker : workers) {
      while (true) {
        try {
          if (awaitEnd(worker)) {
            Objects.requireNonNull(worker.thread).join();
          }
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

  /** Waits until a worker has ended; returns false if it is left to itself. */
  private synchronized boolean awaitEnd(Worker worker) throws InterruptedException {
    while (!worker.ended) {
      if (stopped && worker.away) {
        return false;
      }
      // Who waits for a stream cannot look at the clock.
      if (worker.away && isPastDeadline()) {
        continue;
      }
      wait(deadline.isSet() ? NAP : 0);
    }
    return true;
  }

  private boolean isPastDeadline() {
    try {
      deadline.check();
      return false;
    } catch (LimitExceededException e) {
      fail(e);
      return true;
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
