package io.diskformat.imageservice;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Puts right what a service that was killed left behind: images that wait for an upload which
 * nobody makes any more, parts of uploads, and blobs that no image has. Other services may be at
 * work meanwhile.
 */
final class Recovery {
  /** The most by which the clocks of services may differ. */
  private static final Duration MOST_APART = Duration.ofMinutes(10);

  private final ImageService service;
  private final Catalogue catalogue;
  private final BlobStore blobs;
  private final Duration longest;

  /** The leases that there were when it was looked last, by their uploads. */
  private Map<String, Seen> seen = Map.of();

  /**
   * A lease.
   *
   * @param since when it was seen first, by the clock that nobody sets, in nanoseconds
   */
  private record Seen(UploadLease lease, long since) {}

  /**
   * Prepares it.
   *
   * @param longest how long a lease lasts that is not renewed
   */
  Recovery(ImageService service, Catalogue catalogue, BlobStore blobs, Duration longest) {
    this.service = service;
    this.catalogue = catalogue;
    this.blobs = blobs;
    this.longest = longest;
  }

  /**
   * Takes images back of which nothing was heard for as long as a lease lasts. That is measured by
   * the clock of this service alone, from when it saw the lease first; only of a lease that ended
   * long ago, which no difference of clocks explains, it need not be waited for.
   *
   * @param all whether nobody can be at work, so that no upload counts
   * @param alive whether an upload goes on, however long ago its lease was renewed
   * @return how many
   */
  int release(boolean all, Predicate<String> alive) throws IOException {
    int released = 0;
    Map<String, Seen> present = new HashMap<>();
    for (ImageRecord image : images()) {
      UploadLease lease = image.lease();
      if (lease != null) {
        Seen now = new Seen(lease, System.nanoTime());
        Seen first = seen.getOrDefault(lease.upload(), now);
        if (!first.lease.equals(lease)) {
          first = now;
        }
        var _ = present.put(lease.upload(), first);
        if (all || (!alive.test(lease.upload()) && isOver(first))) {
          released++;
          release(image.id(), lease);
        }
      }
    }
    seen = present;
    return released;
  }

  private boolean isOver(Seen first) {
    return System.nanoTime() - first.since > longest.toNanos()
        || first.lease.until().plus(MOST_APART).isBefore(service.now());
  }

  private void release(String id, UploadLease lease) throws IOException {
    var _ =
        service.replace(
            id,
            record ->
                lease.equals(record.lease())
                    ? record.released("The service was stopped", record.updatedAt())
                    : record);
  }

  /**
   * Deletes what the store has and no image. An upload claims its image before it stores anything,
   * and its blob has its name: so what is in the store first, and then not in the catalogue, never
   * will be.
   *
   * @throws IOException if the store or the catalogue fails; and if there are blobs, though the
   *     catalogue never had an image: then they are another catalogue's
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
    if (owned.isEmpty() && !whole.isEmpty() && catalogue.isEmpty()) {
      throw new IOException(
          "The store has "
              + whole.size()
              + " blobs, and the catalogue never had an image: this is not the catalogue of this"
              + " store. Nothing was deleted.");
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
