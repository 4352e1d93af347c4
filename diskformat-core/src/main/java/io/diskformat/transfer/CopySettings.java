package io.diskformat.transfer;

import io.diskformat.ProgressListener;

/**
 * How a disk is copied: what the methods of {@link Conversion} of the same names set.
 *
 * @param sparse in bytes
 */
record CopySettings(
    int workers, int sparse, boolean compress, boolean targetIsZero, ProgressListener listener) {

  /** In bytes: a block of most file systems. */
  private static final int DEFAULT_SPARSE = 4096;

  static final CopySettings DEFAULT =
      new CopySettings(Crew.defaultSize(), DEFAULT_SPARSE, false, false, ProgressListener.NONE);

  CopySettings workers(int count) {
    return new CopySettings(count, sparse, compress, targetIsZero, listener);
  }

  CopySettings sparse(int bytes) {
    return new CopySettings(workers, bytes, compress, targetIsZero, listener);
  }

  CopySettings compressed() {
    return new CopySettings(workers, sparse, true, targetIsZero, listener);
  }

  CopySettings overZeroes() {
    return new CopySettings(workers, sparse, compress, true, listener);
  }

  CopySettings progress(ProgressListener progressListener) {
    return new CopySettings(workers, sparse, compress, targetIsZero, progressListener);
  }

  /** Returns whether bytes are copied as they are, without a search for zeroes. */
  boolean copiesAll() {
    return sparse == 0 && !compress;
  }
}
