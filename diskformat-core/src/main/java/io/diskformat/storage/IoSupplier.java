package io.diskformat.storage;

import java.io.IOException;

/**
 * A supplier that may fail with an {@link IOException}.
 *
 * @param <T> the type of what it supplies
 */
@FunctionalInterface
public interface IoSupplier<T> {
  /**
   * Returns it.
   *
   * @throws IOException if that fails
   */
  T get() throws IOException;
}
