package io.diskformat.transfer;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Computes the checksums of the blocks of one window at a time. Each worker has its own. */
final class HashStep implements Crew.Step {

  /**
   * A window, and the checksums of its blocks if these are known.
   *
   * @param checksums one after the other; null if they are to be computed
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares tasks
  record Task(Window window, byte @Nullable [] checksums) {}

  /** Hands out windows, in ascending order. Thread-safe. */
  @FunctionalInterface
  interface Tasks {
    /** Returns the next one, or null when there are no more. */
    @Nullable Task next() throws IOException;
  }

  private final Window.Reader device;
  private final Tasks tasks;
  private final InOrder<byte[]> order;
  private final Progress progress;
  private final BlockDigests digests;

  HashStep(
      Window.Reader device,
      Tasks tasks,
      BlockAlgorithm algorithm,
      InOrder<byte[]> order,
      Progress progress) {
    this.device = device;
    this.tasks = tasks;
    this.order = order;
    this.progress = progress;
    this.digests = new BlockDigests(algorithm, WindowCursor.UNIT);
  }

  @Override
  public boolean run() throws IOException {
    boolean handedIn = false;
    order.takePlace();
    try {
      Task task = tasks.next();
      if (task != null) {
        Window window = task.window();
        byte[] known = task.checksums();
        boolean _ = order.add(window, known != null ? known : digests.of(window, device));
        handedIn = true;
        progress.add(window.length());
      }
    } finally {
      if (!handedIn) {
        order.end();
      }
    }
    return handedIn;
  }
}
