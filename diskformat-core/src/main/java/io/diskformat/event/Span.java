package io.diskformat.event;

/** Something that takes time and is recorded when it ends, if anybody records it. */
public interface Span extends AutoCloseable {
  /**
   * What is not recorded. A class of its own, as the JVM keeps in its cache of classes, and not
   * what it makes of a lambda here.
   */
  Span NONE =
      new Span() {
        @Override
        public void close() {
          // It was never begun.
        }
      };

  /** Notes how much it was about, in whatever its event counts. */
  default void amount(long amount) {}

  /** Notes which format an image has. */
  default void format(String format) {}

  /** Notes that it did what it should; without this, it failed. */
  default void succeeded() {}

  /** Ends it, and records it. */
  @Override
  void close();
}
