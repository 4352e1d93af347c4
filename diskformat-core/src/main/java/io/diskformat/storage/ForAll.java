package io.diskformat.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Does the same with several objects, even if it fails with some: closes files, for example. */
public final class ForAll {
  /**
   * What is done with an object.
   *
   * @param <T> the type of the object
   */
  @FunctionalInterface
  public interface Action<T> {
    /**
     * Does it.
     *
     * @throws IOException if it fails
     */
    void on(T object) throws IOException;
  }

  private ForAll() {}

  /**
   * Does something with each object.
   *
   * @param <T> the type of the objects
   * @throws IOException if it fails with some: the first failure, to which the others are added as
   *     suppressed ones; an unchecked exception likewise
   */
  public static <T> void run(Iterable<? extends T> objects, Action<T> action) throws IOException {
    @Nullable Exception failure = null;
    for (T object : objects) {
      try {
        action.on(object);
      } catch (IOException | RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case IOException e -> throw e;
      default -> throw new AssertionError(failure);
    }
  }
}
