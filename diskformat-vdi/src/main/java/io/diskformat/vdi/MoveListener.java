package io.diskformat.vdi;

import java.io.IOException;

/** Gets reports of blocks that were copied to another place of the file. */
@FunctionalInterface
interface MoveListener {
  /** A listener that does nothing. */
  MoveListener NONE = bytes -> {};

  /**
   * Reports that blocks were copied.
   *
   * @param bytes how many bytes were copied since the last report
   * @throws IOException if no more are to be moved; nothing points to the copies yet
   */
  void moved(long bytes) throws IOException;
}
