package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.util.stream.Stream;

/** How much of the stores each project may have. Thread-safe. */
final class Quotas {
  private final Catalogue catalogue;
  private final ServiceLimits limits;

  Quotas(Catalogue catalogue, ServiceLimits limits) {
    this.catalogue = catalogue;
    this.limits = limits;
  }

  /**
   * Returns how many bytes a project has: of each image, as many times as there are stores that
   * keep it, and of uploads that may be resumed.
   */
  long used(String project) throws IOException {
    try (Stream<ImageRecord> all = catalogue.all()) {
      return all.filter(image -> image.attributes().owner().equals(project))
          .mapToLong(Quotas::bytes)
          .sum();
    }
  }

  private static long bytes(ImageRecord image) {
    StoredData data = image.data();
    PartialUpload partial = image.partial();
    return (data == null ? 0 : data.size() * data.blobs().size())
        + (partial == null ? 0 : partial.offset());
  }

  /**
   * Returns how many bytes an image may have that is added to those of its project.
   *
   * @param stores how many are to keep it
   * @throws ImageServiceException if that is less than what is announced
   */
  long room(ImageRecord image, long size, int stores) throws IOException {
    if (limits.quota() == Long.MAX_VALUE) {
      return Long.MAX_VALUE;
    }
    String project = image.attributes().owner();
    PartialUpload partial = image.partial();
    long used = used(project) - (partial == null ? 0 : partial.offset());
    long room = Math.max(0, limits.quota() - used) / Math.max(1, stores);
    if (size > room) {
      throw new ImageServiceException(
          Problem.TOO_LARGE,
          "Project %s may store %d bytes, and has %d already"
              .formatted(project, limits.quota(), used));
    }
    return room;
  }
}
