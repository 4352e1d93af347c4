package io.diskformat.imageservice.file;

import io.diskformat.imageservice.ImageServiceException;
import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes the changes of virtual threads, one after the other, by a thread of its own: to open or
 * rename a file keeps the carrier of a virtual thread, of which there may be a single one, so that
 * a disk that hangs would be the end of all that a server does. Whoever waits behind a change that
 * hangs is sent away after a while, but not whoever waits behind many. Thread-safe.
 */
final class WritingThread implements Closeable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("image catalogue").factory());

  private final Duration patience;

  /** How many changes have ended. */
  private final AtomicLong ended = new AtomicLong();

  /** A change. */
  @FunctionalInterface
  interface Change {
    /** Makes it, and returns whether it was possible. */
    boolean make() throws IOException;
  }

  /**
   * Creates a thread.
   *
   * @param patience how long a change waits while none of those before it ends
   */
  WritingThread(Duration patience) {
    this.patience = patience;
  }

  /**
   * Makes a change, as if the caller did.
   *
   * @throws ImageServiceException if one of those before it hangs; then it is not made
   */
  boolean run(Change change) throws IOException {
    if (!Thread.currentThread().isVirtual()) {
      return change.make();
    }
    AtomicBoolean isTaken = new AtomicBoolean();
    Future<Boolean> result;
    try {
      result = thread.submit(() -> made(change, isTaken));
    } catch (RejectedExecutionException e) {
      throw new IOException("the catalogue is closed", e);
    }
    return await(result, isTaken);
  }

  private boolean made(Change change, AtomicBoolean isTaken) throws IOException {
    try {
      return isTaken.compareAndSet(false, true) && change.make();
    } finally {
      long _ = ended.incrementAndGet();
    }
  }

  private boolean await(Future<Boolean> result, AtomicBoolean isTaken) throws IOException {
    long before = ended.get();
    long end = System.nanoTime() + patience.toNanos();
    // What was begun is done, and its outcome is not to be lost.
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return isTaken.get()
              ? result.get()
              : result.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          long now = ended.get();
          if (now != before) {
            before = now;
            end = System.nanoTime() + patience.toNanos();
          } else if (isTaken.compareAndSet(false, true)) {
            throw new ImageServiceException(Problem.UNAVAILABLE, "The catalogue does not answer");
          }
        }
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        case null, default -> throw new IOException(e);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Lets changes that wait be made, and takes no more. */
  @Override
  public void close() {
    thread.shutdown();
  }
}
