package io.diskformat.imageservice;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.util.SortedMap;

/** Looks at the disk of an image, and finds properties for it. Thread-safe. */
@FunctionalInterface
public interface DiskInsight {
  /**
   * Returns properties by their names.
   *
   * @param disk of an image that may be malformed
   * @throws IOException if the disk cannot be read, or makes no sense
   */
  SortedMap<String, String> of(BlockDevice disk) throws IOException;
}
