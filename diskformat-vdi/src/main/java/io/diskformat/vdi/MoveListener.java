package io.diskformat.vdi;

import java.io.IOException;

/** Is told of blocks that were copied to another place of the file. */
@FunctionalInterface
interface MoveListener {
  /** The listener that does not listen. */
  MoveListener NONE = bytes -> {};

  /**
   * Tells of some more.
   *
   * @param bytes how many bytes were copied since the last time
   * @throws IOException if no more are to be moved; nothing points to the copies yet
   */
  void moved(long bytes) throws IOException;
}
