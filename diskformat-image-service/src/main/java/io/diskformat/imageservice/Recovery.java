package io.diskformat.imageservice;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Puts right what a service that was killed left behind: images that wait for an upload which
 * nobody makes any more, parts of uploads, and blobs that no image has. Other services may be at
 * work meanwhile.
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

  /**
   * Takes images back of which nothing was heard for too long.
   *
   * @param all whether nobody can be at work, so that no upload counts
   * @return how many
   */
  int release(boolean all) throws IOException {
    int released = 0;
    for (ImageRecord image : images()) {
      if (isDead(image, all)) {
        released++;
        var _ =
            service.replace(
                image.id(),
                record ->
                    isDead(record, all)
                        ? record.released("The service was stopped", record.updatedAt())
                        : record);
      }
    }
    return released;
  }

  private boolean isDead(ImageRecord image, boolean all) {
    UploadLease lease = image.lease();
    return lease != null && (all || lease.until().isBefore(service.now()));
  }

  /**
   * Deletes what the store has and no image. An upload claims its image before it stores anything,
   * and its blob has its name: so what is in the store first, and then not in the catalogue, never
   * will be.
   */
  void sweep() throws IOException {
    List<String> parts = list(blobs.uploads());
    List<String> whole = list(blobs.blobs());
    Set<String> owned = new HashSet<>();
    for (ImageRecord image : images()) {
      StoredData data = image.data();
      if (data != null) {
        own(owned, data.blob());
      }
      UploadLease lease = image.lease();
      if (lease != null) {
        own(owned, lease.upload());
      }
    }
    for (String part : parts) {
      if (!owned.contains(part)) {
        blobs.abandon(part);
      }
    }
    for (String blob : whole) {
      if (!owned.contains(blob)) {
        blobs.delete(blob);
      }
    }
  }

  private static void own(Set<String> owned, String blob) {
    boolean _ = owned.add(blob);
    boolean _ = owned.add(BlockSums.name(blob));
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
