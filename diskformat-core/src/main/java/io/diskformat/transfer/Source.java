package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;

/** The disk that a conversion copies. */
interface Source {
  /** Returns the size of the disk in bytes. */
  long size();

  /** Returns the name of the disk in messages. */
  String name();

  /** Returns whether this is a device. */
  boolean is(BlockDevice device);

  /** Returns whether the disk can be read only once. */
  boolean isInOnePass();

  /**
   * Returns how many bytes a worker holds for this source, apart from its buffer for the window.
   *
   * @param unit the length of a window with data in it, in bytes
   */
  long held(long unit);

  /**
   * Begins to go through the disk.
   *
   * @param unit the length of a window with data in it, in bytes
   * @param zeroLimit the largest length of a window of zeroes, in bytes
   * @param workers the number of workers
   */
  Pass pass(long unit, long zeroLimit, int workers) throws IOException;

  /** One way through the disk. */
  @FunctionalInterface
  interface Pass {
    /** Returns the feed of one more worker. Thread-safe. */
    Feed feed();
  }
}
