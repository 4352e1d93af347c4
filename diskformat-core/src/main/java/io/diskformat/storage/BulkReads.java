package io.diskformat.storage;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Says which announced ranges of a mapped file are better read by system calls. A range that is not
 * in the page cache is fetched by the kernel and then read through the mapping: fetching it and
 * reading it by system calls, with their own read-ahead, was several times slower where the host
 * first has to provide memory.
 *
 * <p>Thread-safe.
 */
final class BulkReads {
  private final @Nullable ReadAdvice advice;

  /** Null until something is announced. */
  private volatile @Nullable Announcements announcements;

  /**
   * Creates an object for a file.
   *
   * @param file null where there are no native calls, so that nothing is fetched
   */
  BulkReads(@Nullable NativeFile file) {
    this.advice = file == null ? null : new ReadAdvice(file);
  }

  /**
   * Returns whether a range of the mapping is to be read by a system call now. A thread whose
   * interrupt flag is set begins none, as that would close the channel.
   */
  boolean isWanted(long position, long length) {
    Announcements announced = announcements;
    return announced != null
        && !Thread.currentThread().isInterrupted()
        && announced.isFirstRead(position, length);
  }

  /** Takes note that a range will be read once, from its start to its end. */
  void announce(MemorySegment mapped, long position, long length) {
    if (fetch(mapped, position, length)) {
      return;
    }
    Announcements known = announcements;
    if (known == null) {
      // If several threads create one, the announcements to all but one are lost.
      known = new Announcements();
      announcements = known;
    }
    known.add(position, length);
  }

  /**
   * Makes the kernel fetch a range unless it seems to be in the page cache; returns whether it was
   * asked to.
   */
  boolean fetch(MemorySegment mapped, long position, long length) {
    return advice != null
        && position < mapped.byteSize()
        && !advice.willRead(mapped, position, length);
  }
}
