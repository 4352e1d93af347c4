package io.diskformat;

/** Is told how far a long task has come. Called by many threads, though never by two at once. */
@FunctionalInterface
public interface ProgressListener {

  /** The listener that does not listen. */
  ProgressListener NONE = (done, total) -> {};

  /**
   * Tells progress. It never goes back, and ends with {@code done} equal to {@code total}.
   *
   * @param done how many bytes are dealt with
   * @param total how many there are
   */
  void progress(long done, long total);
}
