package io.diskformat.imageservice;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Puts right what a service that was killed left behind: images that wait for an upload which
 * nobody makes any more, parts of uploads, and blobs that no image has.
 */
final class Recovery {
  private final ImageService service;
  private final Catalogue catalogue;
  private final BlobStore blobs;

  Recovery(ImageService service, Catalogue catalogue, BlobStore blobs) {
    this.service = service;
    this.catalogue = catalogue;
    this.blobs = blobs;
  }

  /** The service must not have begun to take data; nobody else may use the catalogue. */
  void run() throws IOException {
    List<ImageRecord> images = images();
    for (ImageRecord image : images) {
      if (image.lease() != null) {
        var _ =
            service.replace(
                image.id(),
                record -> record.released("The service was stopped", record.updatedAt()));
      }
    }
    for (String upload : list(blobs.uploads())) {
      blobs.abandon(upload);
    }
    Set<String> owned = new HashSet<>();
    for (ImageRecord image : images()) {
      StoredData data = image.data();
      if (data != null) {
        owned.add(data.blob());
      }
    }
    for (String blob : list(blobs.blobs())) {
      if (!owned.contains(blob)) {
        blobs.delete(blob);
      }
    }
  }

  private List<ImageRecord> images() throws IOException {
    try (Stream<ImageRecord> all = catalogue.all()) {
      return all.toList();
    }
  }

  private static List<String> list(Stream<String> names) {
    try (names) {
      return names.toList();
    }
  }
}
