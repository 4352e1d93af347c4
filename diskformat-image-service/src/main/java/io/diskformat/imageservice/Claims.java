package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The claims of images: each is the right of one upload, import or copy to give an image data. A
 * claim is in the record of the image, as a lease that the {@link Upkeep} renews.
 */
final class Claims {
  private final ImageService service;
  private final Upkeep upkeep;
  private final Blobs blobs;

  Claims(ImageService service, Upkeep upkeep, Blobs blobs) {
    this.service = service;
    this.upkeep = upkeep;
    this.blobs = blobs;
  }

  /**
   * A claim.
   *
   * @param image as it is from then on
   * @param upload the id of the upload that has it
   */
  record Claim(ImageRecord image, String upload) {}

  /** Says that a claim has ended. */
  void remove(Claim claim) {
    upkeep.remove(claim.upload());
  }

  /** Claims an image for an import, of which it gets a task. */
  Claim claimImport(Caller caller, String id, String method, String request, StoreFailures target)
      throws IOException {
    ImportTask task = task(caller, method, request, target.all());
    return claim(caller, id, ImageStatus.IMPORTING, image -> image.with(task));
  }

  /** Returns the task of an import that begins. */
  ImportTask task(Caller caller, String method, String request, List<String> stores) {
    Instant now = service.now();
    return new ImportTask(
        UUID.randomUUID().toString(),
        caller.user(),
        request,
        method,
        ImportTask.Status.PROCESSING,
        "",
        now,
        now,
        blobs.stores().areShown() ? stores : List.of(),
        List.of());
  }

  /** Claims an image that has no data; what has come of an upload to be resumed goes. */
  Claim claim(Caller caller, String id, ImageStatus during, UnaryOperator<ImageRecord> more)
      throws IOException {
    AtomicReference<@Nullable PartialUpload> partial = new AtomicReference<>();
    Claim claim =
        claimQueued(
            caller,
            id,
            during,
            image -> {
              partial.set(image.partial());
              return more.apply(image.with((PartialUpload) null));
            });
    PartialUpload dropped = partial.get();
    if (dropped != null) {
      blobs.delete(dropped);
    }
    return claim;
  }

  /** Claims an image that has no data. */
  Claim claimQueued(Caller caller, String id, ImageStatus during, RecordStep more)
      throws IOException {
    return claim(
        caller,
        id,
        "upload data to",
        (image, lease) -> {
          checkQueued(image, during);
          return more.of(image.in(during, null, lease, service.now()));
        });
  }

  /** Refuses an image that cannot come to a state in which it gets data. */
  static void checkQueued(ImageRecord image, ImageStatus during) throws ImageServiceException {
    if (image.status() != ImageStatus.QUEUED) {
      throw ImageServiceException.conflict(transition(image.status(), during));
    }
    if (image.attributes().diskFormat() == null || image.attributes().containerFormat() == null) {
      throw ImageServiceException.invalid(
          "Properties disk_format, container_format must be set prior to saving data.");
    }
  }

  /** What becomes of a record that is claimed. */
  @FunctionalInterface
  interface Claiming {
    ImageRecord of(ImageRecord image, UploadLease lease) throws IOException;
  }

  /** Claims an image. */
  Claim claim(Caller caller, String id, String what, Claiming claiming) throws IOException {
    String upload = UUID.randomUUID().toString();
    ImageRecord claimed =
        service.replace(caller, id, what, image -> claiming.of(image, upkeep.lease(upload)));
    upkeep.add(upload, id);
    return new Claim(claimed, upload);
  }

  /**
   * Changes the image of a claim, in the place of which comes another, for another upload.
   *
   * @throws ImageServiceException if the claim does not stand any more
   */
  Claim next(Claim claim, UnaryOperator<ImageRecord> step) throws IOException {
    String upload = UUID.randomUUID().toString();
    String id = claim.image().id();
    Optional<ImageRecord> image;
    try {
      image =
          service.replace(
              id,
              record ->
                  record.isWrittenBy(claim.upload())
                      ? step.apply(
                          record.in(
                              record.status(), record.data(), upkeep.lease(upload), service.now()))
                      : record);
    } catch (IOException e) {
      // It may be done all the same.
      release(new Claim(claim.image(), upload), e);
      throw e;
    }
    if (image.isEmpty() || !image.get().isWrittenBy(upload)) {
      throw gone(id);
    }
    upkeep.remove(claim.upload());
    upkeep.add(upload, id);
    return new Claim(image.get(), upload);
  }

  private static String transition(ImageStatus from, ImageStatus to) {
    return "Image status transition from %s to %s is not allowed".formatted(from.text(), to.text());
  }

  /**
   * Gives the image its data. If that fails, it may be done all the same: so blobs are deleted only
   * once it is certain that the image does not have them. Otherwise they stay until the store is
   * swept.
   *
   * @param stored the blobs that the upload made, by their stores
   * @param wanted the blobs that the image has then
   */
  void finish(
      Claim claim,
      Map<String, String> stored,
      Map<String, String> wanted,
      UnaryOperator<ImageRecord> step)
      throws IOException {
    Optional<ImageRecord> image;
    try {
      image =
          service.replace(
              claim.image().id(),
              record -> record.isWrittenBy(claim.upload()) ? step.apply(record) : record);
    } catch (IOException e) {
      try {
        image = takeBack(claim, e);
      } catch (IOException again) {
        e.addSuppressed(again);
        throw e;
      }
      if (!has(image, wanted)) {
        stored.forEach(blobs::delete);
        throw e;
      }
    }
    if (!has(image, wanted)) {
      stored.forEach(blobs::delete);
      throw gone(claim.image().id());
    }
    stored.forEach((store, blob) -> {
      if (!blob.equals(wanted.get(store))) {
        blobs.delete(store, blob);
      }
    });
  }

  private static boolean has(Optional<ImageRecord> image, Map<String, String> blobs) {
    StoredData data = image.map(ImageRecord::data).orElse(null);
    return data != null && data.blobs().entrySet().containsAll(blobs.entrySet());
  }

  static ImageServiceException gone(String id) {
    return new ImageServiceException(
        Problem.GONE,
        "Image " + id + " was deleted, or taken from this upload, while its data arrived");
  }

  /** Ends a claim, if it still stands. */
  void release(Claim claim, Throwable cause) {
    upkeep.remove(claim.upload());
    // Where the interrupt was the end, it would also keep a catalogue of files from being written.
    boolean interrupted = Thread.interrupted();
    try {
      Optional<ImageRecord> _ = takeBack(claim, cause);
    } catch (IOException e) {
      // The claim ends by itself, or when the service is opened again.
      cause.addSuppressed(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Optional<ImageRecord> takeBack(Claim claim, Throwable cause) throws IOException {
    return service.replace(
        claim.image().id(),
        record ->
            record.isWrittenBy(claim.upload())
                ? record.released(reason(cause), service.now())
                : record);
  }

  /** What is no refusal may name what is no business of a client. */
  private static String reason(Throwable cause) {
    return cause instanceof ImageServiceException
        ? String.valueOf(cause.getMessage())
        : "The data did not come, or could not be stored: " + cause.getClass().getSimpleName();
  }
}
