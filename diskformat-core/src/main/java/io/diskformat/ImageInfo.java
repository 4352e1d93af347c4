package io.diskformat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an image says of itself.
 *
 * @param format the format's name, for example {@code qcow2}
 * @param file the image, as errors name it: its path, where it has one
 * @param virtualSize the size of the disk, in bytes
 * @param allocatedSize how many bytes the image's own file occupies on the host, where that is
 *     known
 * @param clusterSize the unit of allocation, in bytes, where the format has one
 * @param dirty whether the image was not closed properly
 * @param backing the image that this one is a difference to, if it is one
 * @param snapshots the snapshots that are kept inside the image
 * @param details the format's own properties, under the names that qemu-img gives them: values are
 *     {@code Boolean}, {@code Long}, {@code String}, and lists and maps of these
 */
public record ImageInfo(
    String format,
    String file,
    long virtualSize,
    OptionalLong allocatedSize,
    OptionalLong clusterSize,
    boolean dirty,
    Optional<Backing> backing,
    List<Snapshot> snapshots,
    Map<String, Object> details) {

  /** Copies the collections. */
  public ImageInfo {
    snapshots = List.copyOf(snapshots);
    details = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(details));
  }

  /**
   * A reference to a backing file.
   *
   * @param name as the image records it; untrusted
   * @param resolvedName where that points, relative names taken relative to the image, or empty if
   *     it is nothing that this library would open
   * @param format the format that the image records for it, if any
   */
  public record Backing(String name, Optional<String> resolvedName, Optional<String> format) {}
}
