package io.diskformat.storage;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Asks the kernel to begin writing a new file to the host's disk while the rest of it is still
 * being made, so that making it durable at the end takes less time. For a file that is written
 * roughly from its start to its end; other writes are ignored.
 */
final class WriteBehind {
  /**
   * The length of a step, in bytes: large enough for few requests, small enough to make the disk
   * busy soon.
   */
  static final long STEP = 8 << 20;

  /** Asks the kernel to begin writing a range. */
  @FunctionalInterface
  interface Start {
    void startWriting(long position, long length);
  }

  private final @Nullable Start start;

  /** The number of the last step of the file that was reached. */
  private final AtomicLong step = new AtomicLong();

  /** Creates an object for a file; with null, it does nothing. */
  WriteBehind(@Nullable Start start) {
    this.start = start;
  }

  /** Records that a range was written. */
  void written(long position, long length) {
    long now = (position + length) / STEP;
    long before = step.get();
    if (start == null || now <= before || !step.compareAndSet(before, now)) {
      return;
    }
    // Not the step just left: other threads may still be writing there.
    long from = Math.max(0, before - 1) * STEP;
    start.startWriting(from, (now - 1) * STEP - from);
  }
}
