package io.diskformat.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a Ctrl-C end the tool in good order: interrupts the working thread and gives it some time to
 * delete what it was making.
 */
final class Interruption implements AutoCloseable {
  /** Seconds to wait: more than closing a file takes, less than a user does. */
  private static final int SECONDS = 10;

  private static volatile boolean underWay;

  private final CountDownLatch left = new CountDownLatch(1);

  private Interruption() {}

  /**
   * Returns an object that, until it is closed, makes the JVM's end interrupt the calling thread.
   */
  static Interruption ofThisThread() {
    Interruption interruption = new Interruption();
    Thread worker = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> interruption.interrupt(worker)));
    return interruption;
  }

  /** Returns whether the JVM is ending although the tool is not done. */
  static boolean isUnderWay() {
    return underWay;
  }

  private void interrupt(Thread worker) {
    if (left.getCount() == 0) {
      return;
    }
    underWay = true;
    worker.interrupt();
    try {
      // The end must not wait for ever. A file that is then left behind has a name that says what
      // it is.
      var _ = left.await(SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets the JVM end: there is nothing to clean up any more. */
  @Override
  public void close() {
    left.countDown();
  }
}
