package io.diskformat.transfer;

import io.diskformat.ProgressListener;

/**
 * How a disk is copied: what the methods of {@link Conversion} of the same names set.
 *
 * @param sparse in bytes
 * @param rate the most bytes to be read in a second, 0 for any number
 * @param largest the largest size of a disk, in bytes
 */
record CopySettings(
    int workers,
    int sparse,
    boolean compress,
    boolean targetIsZero,
    boolean offload,
    long rate,
    long largest,
    ProgressListener listener) {

  /** In bytes: a block of most file systems. */
  private static final int DEFAULT_SPARSE = 4096;

  static final CopySettings DEFAULT =
      new CopySettings(
          Crew.defaultSize(),
          DEFAULT_SPARSE,
          false,
          false,
          false,
          0,
          Long.MAX_VALUE,
          ProgressListener.NONE);

  CopySettings workers(int count) {
    return new CopySettings(
        count, sparse, compress, targetIsZero, offload, rate, largest, listener);
  }

  CopySettings sparse(int bytes) {
    return new CopySettings(
        workers, bytes, compress, targetIsZero, offload, rate, largest, listener);
  }

  CopySettings compressed() {
    return new CopySettings(
        workers, sparse, true, targetIsZero, offload, rate, largest, listener);
  }

  CopySettings overZeroes() {
    return new CopySettings(workers, sparse, compress, true, offload, rate, largest, listener);
  }

  CopySettings offloaded() {
    return new CopySettings(
        workers, sparse, compress, targetIsZero, true, rate, largest, listener);
  }

  CopySettings rate(long bytesPerSecond) {
    return new CopySettings(
        workers, sparse, compress, targetIsZero, offload, bytesPerSecond, largest, listener);
  }

  CopySettings largest(long bytes) {
    return new CopySettings(
        workers, sparse, compress, targetIsZero, offload, rate, bytes, listener);
  }

  CopySettings progress(ProgressListener progressListener) {
    return new CopySettings(
        workers, sparse, compress, targetIsZero, offload, rate, largest, progressListener);
  }

  /** Returns whether bytes are copied as they are, without a search for zeroes. */
  boolean copiesAll() {
    return sparse == 0 && !compress;
  }
}
