package io.diskformat.event;

/** Something that takes time and is recorded when it ends, if anybody records it. */
public interface Span extends AutoCloseable {
  /** What is not recorded. */
  Span NONE = () -> {};

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
