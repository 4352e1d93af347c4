package io.diskformat.opening;

import io.diskformat.LimitExceededException;
import io.diskformat.Limits;
import io.diskformat.storage.ForwardingStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A storage that looks at the clock before it is read, so that whatever a check reads, it ends when
 * the caller's deadline has passed.
 */
final class TimedStorage extends ForwardingStorage {
  private final Limits limits;

  TimedStorage(Storage storage, Limits limits) {
    super(storage);
    this.limits = limits;
  }

  /**
   * Says that the deadline has passed. It is none of the exceptions that a check takes for a
   * finding.
   */
  static final class DeadlinePassed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final LimitExceededException failure;

    private DeadlinePassed(LimitExceededException failure) {
      super(failure);
      this.failure = failure;
    }

    /** Returns what the caller is to know. */
    LimitExceededException failure() {
      return failure;
    }
  }

  /**
   * Looks at the clock.
   *
   * @param image the name in error messages of what is worked on
   * @throws DeadlinePassed if the deadline has passed
   */
  static void check(Limits limits, String image) {
    try {
      limits.checkDeadline(image);
    } catch (LimitExceededException e) {
      throw new DeadlinePassed(e);
    }
  }

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws IOException {
    check(limits, name());
    super.readUnmapped(position, target);
  }
}
