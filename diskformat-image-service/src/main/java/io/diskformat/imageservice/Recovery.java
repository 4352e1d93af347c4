package io.diskformat.imageservice;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Puts right what a service that was killed left behind: images that wait for an upload which
 * nobody makes any more, parts of uploads, and blobs that no image has. Other services may be at
 * work meanwhile.
 */
final class Recovery {
  private static final System.Logger LOG = System.getLogger(Recovery.class.getName());

  private final ImageService service;
  private final Catalogue catalogue;
  private final Blobs blobs;

  Recovery(ImageService service, Catalogue catalogue, Blobs blobs) {
    this.service = service;
    this.catalogue = catalogue;
    this.blobs = blobs;
  }

  /**
   * Takes images back of which nothing was heard for too long, and forgets what has come of uploads
   * that nobody resumed in time.
   *
   * @param all whether nobody can be at work, so that no upload counts
   * @return how many
   */
  int release(boolean all) throws IOException {
    int released = 0;
    for (ImageRecord image : images()) {
      if (isDead(image, all) || isLate(image)) {
        released++;
        var _ = service.replace(image.id(), record -> alive(record, all));
      }
    }
    return released;
  }

  private ImageRecord alive(ImageRecord record, boolean all) {
    ImageRecord alive =
        isDead(record, all)
            ? record.released("The service was stopped", record.updatedAt())
            : record;
    return isLate(alive) ? alive.with((PartialUpload) null) : alive;
  }

  private boolean isDead(ImageRecord image, boolean all) {
    UploadLease lease = image.lease();
    return lease != null && (all || lease.until().isBefore(service.now()));
  }

  private boolean isLate(ImageRecord image) {
    PartialUpload partial = image.partial();
    return partial != null && image.lease() == null && partial.until().isBefore(service.now());
  }

  /**
   * Deletes what the stores have and no image. An upload claims its image before it stores
   * anything, and its blob has its name: so what is in the store first, and then not in the
   * catalogue, never will be. A blob may also go from one image to another that shares it, of which
   * a list may show neither if they change while it is read; the next one shows it.
   */
  void sweep() throws IOException {
    List<Found> found = new ArrayList<>();
    for (BlobStores.Named named : blobs.stores().all()) {
      try {
        list(named, found);
      } catch (IOException e) {
        if (named.name().equals(blobs.names().getFirst())) {
          throw e;
        }
        LOG.log(System.Logger.Level.WARNING, "store " + named.name() + " was not swept", e);
      }
    }
    for (int i = 0; i < 2 && !found.isEmpty(); i++) {
      Blobs.Owned owned = blobs.owned();
      found.removeIf(one -> owned.has(one.store, one.name));
    }
    for (Found one : found) {
      if (one.isPart) {
        blobs.of(one.store).abandon(one.name);
      } else {
        blobs.of(one.store).delete(one.name);
      }
    }
  }

  /** What is in a store: a blob, or a part of an upload. */
  private record Found(String store, String name, boolean isPart) {}

  private static void list(BlobStores.Named named, List<Found> found) throws IOException {
    try (Stream<String> parts = named.store().uploads()) {
      parts.forEach(part -> found.add(new Found(named.name(), part, true)));
    }
    try (Stream<String> whole = named.store().blobs()) {
      whole.forEach(blob -> found.add(new Found(named.name(), blob, false)));
    }
  }

  private List<ImageRecord> images() throws IOException {
    try (Stream<ImageRecord> all = catalogue.all()) {
      return all.toList();
    }
  }
}
