package io.diskformat.inside.ext;

/**
 * Blocks of a file that are one after the other on the device, or are stored nowhere.
 *
 * @param first the block of the file that it begins with
 * @param length in blocks
 * @param block the block of the device that it begins with, or {@link #NOWHERE}
 */
record Run(long first, long length, long block) {
  /** Of blocks that read as zeroes. */
  static final long NOWHERE = -1;

  boolean isHole() {
    return block == NOWHERE;
  }

  /** Returns the block of the file after it. */
  long end() {
    return first + length;
  }

  boolean contains(long fileBlock) {
    return fileBlock >= first && fileBlock < end();
  }
}
