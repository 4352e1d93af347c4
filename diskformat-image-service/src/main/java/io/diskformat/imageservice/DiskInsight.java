package io.diskformat.imageservice;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

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

  /** Returns what finds what this does, and what another does; it is enough if one succeeds. */
  default DiskInsight and(DiskInsight other) {
    return disk -> {
      SortedMap<String, String> all = new TreeMap<>();
      IOException failure = null;
      for (DiskInsight one : List.of(this, other)) {
        try {
          all.putAll(one.of(disk));
        } catch (IOException e) {
          failure = e;
        }
      }
      if (failure != null && all.isEmpty()) {
        throw failure;
      }
      return all;
    };
  }
}
