package io.diskformat;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Walks over the extents of a range of a device, in ascending order and without gaps. Not
 * thread-safe; the device it walks over is. Costs the same memory however large the image.
 */
@FunctionalInterface
public interface ExtentCursor {
  /**
   * Returns the next extent, or null when the range is exhausted. Each extent is maximal: no two
   * successive ones could be told as one.
   *
   * @throws DiskFormatException if the image's tables make no sense
   * @throws IOException if they cannot be read
   */
  @Nullable Extent next() throws IOException;
}
