package io.diskformat;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over the extents of a range of a device, in ascending order and without gaps. Not
 * thread-safe, unlike the device. Its memory does not grow with the image.
 */
@FunctionalInterface
public interface ExtentCursor {
  /**
   * Returns the next extent, or null at the end of the range. Each extent is maximal: no two
   * successive ones could be one.
   *
   * @throws DiskFormatException if the image's tables are corrupt
   * @throws IOException if they cannot be read
   */
  @Nullable Extent next() throws IOException;
}
