package io.diskformat.storage;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.FutureTask;

/**
 * Calls of the host that may take long and that nothing can end: another thread makes them, so that
 * whoever is to end need not wait for it.
 */
final class Aside {
  /** The length from which on it takes time to free the space of a file, in bytes. */
  private static final long LARGE = 64 << 20;

  private Aside() {}

  /**
   * Makes a file durable.
   *
   * @throws InterruptedIOException if the calling thread is interrupted meanwhile; its flag is set
   *     again, and it is unknown whether the file is or becomes durable
   * @throws IOException if the host cannot do that
   */
  static void force(FileChannel file) throws IOException {
    FutureTask<Boolean> task =
        new FutureTask<>(() -> {
          file.force(true);
          return true;
        });
    start("making-durable", task);
    boolean _ = OtherThread.result(task);
  }

  /**
   * Closes the last channel of a file that was deleted, as only then is its space freed, or that
   * the host is still making durable. Nobody needs to know whether that fails.
   *
   * @param underWay whether {@link #force} was left while the host went on with it
   */
  static void close(FileChannel file, boolean underWay) {
    FutureTask<Boolean> task =
        new FutureTask<>(() -> {
          file.close();
          return true;
        });
    if (!underWay && isSmall(file)) {
      task.run();
    } else {
      start("freeing-space", task);
    }
  }

  private static boolean isSmall(FileChannel file) {
    // An interrupt would close it here.
    boolean interrupted = Thread.interrupted();
    try {
      return file.size() < LARGE;
    } catch (IOException e) {
      return false;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void start(String name, Runnable task) {
    Thread _ = Thread.ofPlatform().daemon().name(name).start(task);
  }
}
