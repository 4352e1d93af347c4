package io.diskformat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The description of an image, as the image itself records it.
 *
 * @param format the format's name, for example {@code qcow2}
 * @param file the name of the image in error messages: its path, where it has one
 * @param virtualSize the size of the disk, in bytes
 * @param allocatedSize the number of bytes that the image's own file occupies in the host's file
 *     system, which is 0 for a block device; empty where that is not known, as it is without native
 *     calls
 * @param clusterSize the unit of allocation, in bytes, where the format has one
 * @param dirty whether the image was not closed properly
 * @param encryption the method by which the disk's content is encrypted, as qemu-img names it, for
 *     example {@code luks}; or empty if it is not
 * @param references every file that the image refers to, as it records them: a backing file, a
 *     parent, an external data file. An image that must stand alone, such as an upload, is to be
 *     refused if there are any
 * @param identity the image's UUIDs, where its format records them
 * @param snapshots the snapshots that are kept inside the image
 * @param details the format's own properties for people to read, under the names that qemu-img
 *     gives them: values are {@code Boolean}, {@code Long}, {@code String}, and lists and maps of
 *     these
 */
public record ImageInfo(
    String format,
    String file,
    long virtualSize,
    OptionalLong allocatedSize,
    OptionalLong clusterSize,
    boolean dirty,
    Optional<String> encryption,
    List<RecordedReference> references,
    Optional<ImageIdentity> identity,
    List<Snapshot> snapshots,
    Map<String, Object> details) {

  /** Copies the collections. */
  public ImageInfo {
    references = List.copyOf(references);
    snapshots = List.copyOf(snapshots);
    details = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(details));
  }

  /** Returns whether the disk's content is encrypted, so that reading it takes a secret. */
  public boolean isEncrypted() {
    return encryption.isPresent();
  }

  /** Returns the reference to the image that this one is a difference to, if there is one. */
  public Optional<RecordedReference> backing() {
    return references.stream().filter(reference -> reference.kind().isImage()).findFirst();
  }
}
