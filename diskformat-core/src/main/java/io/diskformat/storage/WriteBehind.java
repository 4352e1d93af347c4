package io.diskformat.storage;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Has the kernel begin to write a new file to the disk while the rest of it is still being made, so
 * that making it durable in the end takes less long. For a file that is written roughly from its
 * start to its end; where it is written elsewhere, nothing is said.
 */
final class WriteBehind {
  /** Large enough to be written in few requests, small enough for the disk to be busy soon. */
  private static final long STEP = 8 << 20;

  private final @Nullable NativeFile file;

  /** In this step of the file was written last. */
  private final AtomicLong step = new AtomicLong();

  /** Null does nothing. */
  WriteBehind(@Nullable NativeFile file) {
    this.file = file;
  }

  /** A range was written. */
  void written(long position, long length) {
    long now = (position + length) / STEP;
    long before = step.get();
    if (file == null || now <= before || !step.compareAndSet(before, now)) {
      return;
    }
    // Not the step just left: others may still be writing there.
    long start = Math.max(0, before - 1) * STEP;
    file.startWriting(start, (now - 1) * STEP - start);
  }
}
