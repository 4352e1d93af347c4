package io.diskformat.transfer;

import io.diskformat.LimitExceededException;
import io.diskformat.Limits;

/**
 * The time at which a job ends, whether it is done or not.
 *
 * @param disk that is worked on, for messages
 * @param limits of which the deadline counts, if there is one
 */
record Deadline(Object disk, Limits limits) {
  /** Returns whether there is one. */
  boolean isSet() {
    return limits.deadline().isPresent();
  }

  /**
   * Looks at the clock.
   *
   * @throws LimitExceededException if the deadline has passed
   */
  void check() throws LimitExceededException {
    if (isSet()) {
      limits.checkDeadline(disk.toString());
    }
  }
}
