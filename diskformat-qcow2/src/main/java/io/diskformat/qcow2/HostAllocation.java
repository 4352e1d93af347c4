package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.util.OptionalLong;

/**
 * Finds out whether clusters were allocated without being written, as preallocated metadata leaves
 * them: whether many more clusters have a refcount than the host has allocated space for. Only then
 * does it pay to ask the host about holes. The threshold is QEMU's, so that extents are reported as
 * QEMU reports them.
 */
final class HostAllocation {
  private final Storage storage;
  private final RefcountReader refcounts;
  private final int clusterBits;
  private volatile int answer;

  private static final int UNKNOWN = 0;
  private static final int SPARSE = 1;
  private static final int DENSE = 2;

  HostAllocation(Storage storage, Qcow2Header header) {
    this.storage = storage;
    this.refcounts = new RefcountReader(storage, header);
    this.clusterBits = header.clusterBits();
  }

  boolean isSparse() throws IOException {
    if (answer == UNKNOWN) {
      answer = countExceedsAllocation() ? SPARSE : DENSE;
    }
    return answer == SPARSE;
  }

  private boolean countExceedsAllocation() throws IOException {
    OptionalLong allocated = storage.allocatedSize();
    if (allocated.isEmpty()) {
      return false;
    }
    long real = allocated.getAsLong() >>> clusterBits;
    long threshold = Math.max(real * 10 / 9, real + 2);
    long clusters = (storage.size() + (1L << clusterBits) - 1) >>> clusterBits;
    try {
      return refcounts.countUsed(clusters, threshold) >= threshold;
    } catch (EOFException e) {
      // Refcounts beyond the end of the file matter to a check, not to a reader.
      return false;
    }
  }
}
