package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;

/** The disk that a conversion copies. */
interface Source {
  /** Makes room in a target for a disk whose size is not known before its end. */
  @FunctionalInterface
  interface Growth {
    /** Does nothing: the size is known from the start. */
    Growth NONE = end -> {};

    /** Called before bytes up to {@code end} are written; by one thread at a time. */
    void to(long end) throws IOException;

    /** Returns growth that follows another. */
    default Growth after(Growth first) {
      return end -> {
        first.to(end);
        to(end);
      };
    }
  }

  /**
   * How to go through the disk.
   *
   * @param unit the length of a window with data in it, in bytes
   * @param zeroLimit the largest length of a window of zeroes, in bytes
   * @param workers the number of workers
   * @param inOrder whether windows must ascend, without gaps
   * @param growth of the target
   */
  record Walk(long unit, long zeroLimit, int workers, boolean inOrder, Growth growth) {}

  /** Returns the name of the disk in error messages. */
  String name();

  /** Returns the size of the disk in bytes, or -1 if it is not known before its end. */
  long size();

  /** Returns whether this is a device. */
  boolean is(BlockDevice device);

  /** Returns whether the disk can be read only once. */
  boolean isInOnePass();

  /**
   * Returns whether windows always ascend, without gaps; by default true. Otherwise they do if that
   * is asked for, or else reading fails.
   */
  default boolean isOrdered() {
    return true;
  }

  /**
   * Returns how many bytes a worker holds for this source, apart from its buffer for the window.
   *
   * @param unit the length of a window with data in it, in bytes
   */
  long held(long unit);

  /** Begins to go through the disk. */
  Pass pass(Walk walk) throws IOException;

  /** One way through the disk. */
  @FunctionalInterface
  interface Pass {
    /** Returns the feed of one more worker. Thread-safe. */
    Feed feed();
  }
}
