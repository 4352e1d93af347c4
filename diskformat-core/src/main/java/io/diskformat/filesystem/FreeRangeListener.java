package io.diskformat.filesystem;

import java.io.IOException;

/** Receives the ranges of a device that a file system does not use. */
@FunctionalInterface
public interface FreeRangeListener {

  /**
   * Receives a range.
   *
   * @param offset in bytes from the start of the device
   * @param length in bytes, positive
   * @throws IOException to end the listing
   */
  void free(long offset, long length) throws IOException;
}
