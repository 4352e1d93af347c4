package io.diskformat.event;

/** An operation that takes time, and whose event is recorded at its end if a recording runs. */
public interface Span extends AutoCloseable {
  /**
   * The span of an operation that is not recorded. A class rather than a lambda, which the JVM's
   * cache of classes would not keep.
   */
  Span NONE =
      new Span() {
        @Override
        public void close() {
          // It was never begun.
        }
      };

  /** Notes the amount, in the unit that its event counts. */
  default void amount(long amount) {}

  /** Notes the format of the image. */
  default void format(String format) {}

  /** Notes that the operation succeeded; without this, it counts as failed. */
  default void succeeded() {}

  /** Ends it, and records it. */
  @Override
  void close();
}
