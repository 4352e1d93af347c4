package io.diskformat.transfer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What a worker of a conversion works on: windows of a disk, in ascending order, and their bytes.
 */
interface Feed {
  /** Returns the next window for a worker, or null when there are no more. */
  @Nullable Window next() throws IOException;

  /** Ends the work on the window that {@link #next()} returned last to the calling worker. */
  default void release() {}

  /** Reads bytes of the window that {@link #next()} returned last to the calling worker. */
  void read(long offset, MemorySegment target) throws IOException;
}
