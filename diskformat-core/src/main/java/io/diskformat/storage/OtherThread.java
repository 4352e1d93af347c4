package io.diskformat.storage;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** What another thread was asked for. */
public final class OtherThread {
  private OtherThread() {}

  /**
   * Waits for what a thread was asked for and returns it, or throws what it threw.
   *
   * @throws InterruptedIOException if the calling thread is interrupted; its flag is set again
   * @throws IOException if the other thread threw it
   */
  public static <T> T result(Future<T> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }
}
