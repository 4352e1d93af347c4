package io.diskformat.imageservice;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts right what a service that was killed left behind: images that wait for an upload which
 * nobody makes any more, parts of uploads, and blobs that no image has. Other services may be at
 * work meanwhile.
 */
final class Recovery {
  /** The failures in a row after which a store is left alone until the next sweep. */
  private static final int MOST_FAILURES = 8;

  /** The most by which the clocks of services may differ. */
  private static final Duration MOST_APART = Duration.ofMinutes(10);

  private final ImageService service;
  private final Catalogue catalogue;
  private final Blobs blobs;
  private final Duration longest;
  private final UpkeepFailures failures;

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
  Recovery(
      ImageService service,
      Catalogue catalogue,
      Blobs blobs,
      Duration longest,
      UpkeepFailures failures) {
    this.service = service;
    this.catalogue = catalogue;
    this.blobs = blobs;
    this.longest = longest;
    this.failures = failures;
  }

  /**
   * Takes images back of which nothing was heard for as long as a lease lasts, and forgets what has
   * come of uploads that nobody resumed in time. How long that is, the clock of this service alone
   * says, from when it saw the lease first; only of a lease that ended long ago, which no
   * difference of clocks explains, it need not be waited for. One that cannot be taken back now
   * keeps no other from it, and is tried again when it has not been renewed for as long.
   *
   * @param all whether nobody can be at work, so that no upload counts
   * @param alive whether an upload goes on, however long ago its lease was renewed
   * @return how many
   * @throws IOException if the images cannot be listed
   */
  int release(boolean all, Predicate<String> alive) throws IOException {
    int released = 0;
    Map<String, Seen> present = new HashMap<>();
    for (ImageRecord image : images()) {
      UploadLease dead = null;
      UploadLease lease = image.lease();
      if (lease != null) {
        Seen first = first(lease);
        var _ = present.put(lease.upload(), first);
        dead = all || (!alive.test(lease.upload()) && isOver(first)) ? lease : null;
      }
      if (dead != null || isLate(image)) {
        released += release(image.id(), dead) ? 1 : 0;
      }
    }
    seen = present;
    return released;
  }

  private boolean release(String id, @Nullable UploadLease dead) {
    try {
      var _ = service.replace(id, record -> without(record, dead));
      return true;
    } catch (IOException | RuntimeException | Error e) {
      failures.add("image " + id + " was not taken back", e);
      return false;
    }
  }

  private Seen first(UploadLease lease) {
    Seen before = seen.get(lease.upload());
    return before != null && before.lease.equals(lease)
        ? before
        : new Seen(lease, System.nanoTime());
  }

  private boolean isOver(Seen first) {
    return System.nanoTime() - first.since > longest.toNanos()
        || first.lease.until().plus(MOST_APART).isBefore(service.now());
  }

  /** Returns a record without a lease, if it still has that, and without what came too late. */
  private ImageRecord without(ImageRecord record, @Nullable UploadLease dead) {
    ImageRecord rest =
        dead != null && dead.equals(record.lease())
            ? record.released("The service was stopped", record.updatedAt())
            : record;
    return isLate(rest) ? rest.with((PartialUpload) null) : rest;
  }

  private boolean isLate(ImageRecord image) {
    PartialUpload partial = image.partial();
    return partial != null && image.lease() == null && partial.until().isBefore(service.now());
  }

  /**
   * Deletes what the stores have and no image. An upload claims its image before it stores
   * anything, and its blob has its name: so what is in the store first, and then not in the
   * catalogue, never will be. A blob may also go from one image to another that shares it, but is
   * one of an image's, or claimed, at any moment, and a list is of one. What a store does not
   * delete now keeps nothing else from being deleted, and is tried again in the next sweep.
   *
   * @throws IOException if the first store or the catalogue fails; and if there are blobs, though
   *     the catalogue never had an image: then they are another catalogue's
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
        failures.add("store " + named.name() + " was not swept", e);
      }
    }
    Set<String> present =
        found.stream()
            .filter(one -> !one.isPart)
            .map(one -> one.store + "/" + one.name)
            .collect(Collectors.toSet());
    if (!found.isEmpty()) {
      Blobs.Owned owned = blobs.owned();
      found.removeIf(one -> owned.has(one.store, one.name) || owned.isMissed(one.name, present));
    }
    long whole = found.stream().filter(one -> !one.isPart).count();
    if (whole > 0 && catalogue.isEmpty()) {
      throw new IOException(
          "There are "
              + whole
              + " blobs, and the catalogue never had an image: this is not the catalogue of this"
              + " store. Nothing was deleted.");
    }
    for (String store : blobs.names()) {
      delete(store, found.stream().filter(one -> one.store.equals(store)).toList());
    }
  }

  private void delete(String store, List<Found> left) {
    Exception first = null;
    int inRow = 0;
    for (Found one : left) {
      try {
        if (one.isPart) {
          blobs.of(store).abandon(one.name);
        } else {
          blobs.of(store).delete(one.name);
        }
        inRow = 0;
      } catch (IOException | RuntimeException e) {
        first = first == null ? e : first;
        if (++inRow == MOST_FAILURES) {
          break;
        }
      }
    }
    if (first != null) {
      failures.add("store " + store + " did not delete all that no image has", first);
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
