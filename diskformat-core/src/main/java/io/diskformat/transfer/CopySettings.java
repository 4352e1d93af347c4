package io.diskformat.transfer;

import io.diskformat.Limits;
import io.diskformat.ProgressListener;

/**
 * How a disk is copied: what the methods of {@link Conversion} of the same names set.
 *
 * @param sparse in bytes
 * @param rate the most bytes to be read in a second, 0 for any number
 * @param limits of the size of a disk, and of the time
 */
record CopySettings(
    int workers,
    int sparse,
    boolean compress,
    boolean targetIsZero,
    boolean offload,
    long rate,
    Limits limits,
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
          Limits.none(),
          ProgressListener.NONE);

  CopySettings workers(int count) {
    return new CopySettings(count, sparse, compress, targetIsZero, offload, rate, limits, listener);
  }

  CopySettings sparse(int bytes) {
    return new CopySettings(
        workers, bytes, compress, targetIsZero, offload, rate, limits, listener);
  }

  CopySettings compressed() {
    return new CopySettings(workers, sparse, true, targetIsZero, offload, rate, limits, listener);
  }

  CopySettings overZeroes() {
    return new CopySettings(workers, sparse, compress, true, offload, rate, limits, listener);
  }

  CopySettings offloaded() {
    return new CopySettings(workers, sparse, compress, targetIsZero, true, rate, limits, listener);
  }

  CopySettings rate(long bytesPerSecond) {
    return new CopySettings(
        workers, sparse, compress, targetIsZero, offload, bytesPerSecond, limits, listener);
  }

  CopySettings limits(Limits newLimits) {
    return new CopySettings(
        workers, sparse, compress, targetIsZero, offload, rate, newLimits, listener);
  }

  CopySettings progress(ProgressListener progressListener) {
    return new CopySettings(
        workers, sparse, compress, targetIsZero, offload, rate, limits, progressListener);
  }

  /** Returns whether bytes are copied as they are, without a search for zeroes. */
  boolean copiesAll() {
    return sparse == 0 && !compress;
  }
}
