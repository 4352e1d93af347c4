package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How much of the stores each project may have. Whoever is about to store something reserves room
 * for it first, in the lease of the image, so that several who do so at once get no more together;
 * what is reserved ends with the lease. Thread-safe.
 */
final class Quotas {
  private final ImageService service;
  private final Catalogue catalogue;
  private final ServiceLimits limits;

  /** Held while somebody looks what room there is, and takes it. */
  private final Lock reserving = new ReentrantLock();

  Quotas(ImageService service, Catalogue catalogue, ServiceLimits limits) {
    this.service = service;
    this.catalogue = catalogue;
    this.limits = limits;
  }

  /**
   * Returns how many bytes a project has: of each image, as many times as there are stores that
   * keep it, and of uploads that may be resumed.
   */
  long used(String project) throws IOException {
    return sum(project, "", image -> stored(image.data()) + partial(image));
  }

  private long sum(String project, String but, ToLongFunction<ImageRecord> bytes)
      throws IOException {
    try (Stream<ImageRecord> all = catalogue.all()) {
      return all.filter(image -> image.attributes().owner().equals(project))
          .filter(image -> !image.id().equals(but))
          .mapToLong(bytes)
          .sum();
    }
  }

  private static long stored(@Nullable StoredData data) {
    return data == null ? 0 : data.size() * data.blobs().size();
  }

  private static long partial(ImageRecord image) {
    PartialUpload partial = image.partial();
    return partial == null ? 0 : partial.offset();
  }

  /** Of what may be resumed, the whole upload takes the place. */
  private static long taken(ImageRecord image) {
    UploadLease lease = image.lease();
    long reserved = lease == null ? 0 : lease.reserved();
    return stored(image.data()) + Math.max(partial(image), reserved);
  }

  /** Returns how many bytes an image may have more than those of its data. */
  private long room(ImageRecord image) throws IOException {
    long others = sum(image.attributes().owner(), image.id(), Quotas::taken);
    return Math.max(0, limits.quota() - others - stored(image.data()));
  }

  /**
   * Refuses what is more than an image may have; nothing is reserved.
   *
   * @param bytes how many it is to have
   */
  void check(ImageRecord image, long bytes) throws IOException {
    if (limits.quota() != Long.MAX_VALUE) {
      check(image, bytes, room(image));
    }
  }

  private void check(ImageRecord image, long bytes, long room) throws ImageServiceException {
    if (bytes > room) {
      throw new ImageServiceException(
          Problem.TOO_LARGE,
          "Project %s may store %d bytes, and has room for %d"
              .formatted(image.attributes().owner(), limits.quota(), room));
    }
  }

  /**
   * Reserves room for the data that an image gets, beside that which it has; what was reserved for
   * it before is forgotten.
   *
   * @param least how many bytes it needs
   * @param most how many it could make use of
   * @return how many were reserved
   * @throws ImageServiceException if there is no room for as many as it needs, or the claim does
   *     not stand any more
   */
  long reserve(Claims.Claim claim, long least, long most) throws IOException {
    if (limits.quota() == Long.MAX_VALUE) {
      return most;
    }
    ImageRecord image = claim.image();
    reserving.lock();
    try {
      long room = room(image);
      check(image, least, room);
      long reserved = Math.min(most, room);
      write(claim, reserved);
      if (catalogue.isShared()) {
        // Of two services that reserve at once, one at least sees what the other has.
        room = room(image);
        check(image, least, room);
        if (room < reserved) {
          reserved = room;
          write(claim, reserved);
        }
      }
      return reserved;
    } finally {
      reserving.unlock();
    }
  }

  private void write(Claims.Claim claim, long bytes) throws IOException {
    Optional<ImageRecord> image =
        service.replace(
            claim.image().id(),
            record -> record.isWrittenBy(claim.upload()) ? record.reserving(bytes) : record);
    if (image.isEmpty() || !image.get().isWrittenBy(claim.upload())) {
      throw Claims.gone(claim.image().id());
    }
  }
}
