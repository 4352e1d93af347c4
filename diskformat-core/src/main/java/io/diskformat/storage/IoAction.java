package io.diskformat.storage;

import java.io.IOException;

/** An action that may fail with an {@link IOException}. */
@FunctionalInterface
public interface IoAction {
  /**
   * Does it.
   *
   * @throws IOException if it fails
   */
  void run() throws IOException;
}
