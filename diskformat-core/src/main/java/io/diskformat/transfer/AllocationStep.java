package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Compares the extents of two devices of the same size, up to the first that are stored
 * differently.
 */
final class AllocationStep implements Crew.Step {
  private final ExtentCursor first;
  private final ExtentCursor second;
  private final long size;
  private @Nullable Extent one;
  private @Nullable Extent other;
  private volatile long at;

  AllocationStep(BlockDevice first, BlockDevice second, long size) throws IOException {
    this.first = first.extents();
    this.second = second.extents();
    this.size = size;
  }

  @Override
  public boolean run() throws IOException {
    if (at >= size) {
      return false;
    }
    Extent here = extentAt(first, one);
    Extent there = extentAt(second, other);
    if (!storedAlike(here, there)) {
      return false;
    }
    one = here;
    other = there;
    at = Math.min(here.end(), there.end());
    return true;
  }

  /** Returns the offset up to which both are stored alike: the size, if they are everywhere. */
  long sameUpTo() {
    return at;
  }

  private Extent extentAt(ExtentCursor cursor, @Nullable Extent last) throws IOException {
    Extent extent = last;
    while (extent == null || extent.end() <= at) {
      extent = cursor.next();
      if (extent == null) {
        throw new IllegalStateException("no extent at offset " + at + " of " + size);
      }
    }
    return extent;
  }

  private static boolean storedAlike(Extent one, Extent other) {
    return one.kind() == other.kind()
        && one.readsAsZeroes() == other.readsAsZeroes()
        && one.compressed() == other.compressed()
        && one.hostOffset() >= 0 == other.hostOffset() >= 0;
  }
}
