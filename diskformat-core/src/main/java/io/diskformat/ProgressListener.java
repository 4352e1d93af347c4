package io.diskformat;

/**
 * Receives the progress of a long operation. Called by many threads, though never by two at once.
 */
@FunctionalInterface
public interface ProgressListener {

  /** A listener that ignores all calls. */
  ProgressListener NONE = (done, total) -> {};

  /**
   * Reports progress. It never goes back, and ends with {@code done} equal to {@code total}.
   *
   * @param done the number of bytes that are done
   * @param total the number of bytes in all
   */
  void progress(long done, long total);
}
