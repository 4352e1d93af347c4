package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * Takes the data of images, in five steps: the image is claimed for one upload; the data is stored
 * where nobody sees it; it is made durable under a name; the image gets it if the claim still
 * stands; only then the caller learns of it. Whatever fails, the image is as before, and nothing of
 * the data stays.
 */
final class Uploads {
  /** With the pieces of an {@link UploadPass}, 8 MiB. */
  private static final int PIECES_PER_BEAT = 64;

  private final ImageService service;
  private final Upkeep upkeep;
  private final Catalogue catalogue;
  private final BlobStore blobs;
  private final ServiceLimits limits;

  Uploads(
      ImageService service,
      Upkeep upkeep,
      Catalogue catalogue,
      BlobStore blobs,
      ServiceLimits limits) {
    this.service = service;
    this.upkeep = upkeep;
    this.catalogue = catalogue;
    this.blobs = blobs;
    this.limits = limits;
  }

  /**
   * Takes data.
   *
   * @param size how many bytes were announced, or a negative number
   * @param stages whether it is only staged
   */
  ImageRecord run(Caller caller, String id, InputStream body, long size, boolean stages)
      throws IOException {
    checkSpace(size);
    Claim claim =
        claim(caller, id, stages ? ImageStatus.UPLOADING : ImageStatus.SAVING, image -> image);
    fill(claim, body, size, stages ? ImageStatus.UPLOADING : ImageStatus.ACTIVE);
    return service.get(caller, id);
  }

  /**
   * The right to write the data of an image.
   *
   * @param image as it is from then on
   * @param upload the id of the upload that has it
   */
  record Claim(ImageRecord image, String upload) {}

  /** Claims an image for an import, of which it gets a task. */
  Claim claimImport(Caller caller, String id, String method, String request) throws IOException {
    Instant now = service.now();
    ImportTask task =
        new ImportTask(
            UUID.randomUUID().toString(),
            caller.user(),
            request,
            method,
            ImportTask.Status.PROCESSING,
            "",
            now,
            now);
    return claim(caller, id, ImageStatus.IMPORTING, image -> image.with(task));
  }

  /** Takes the data of an image that was claimed. Whatever fails, the claim ends. */
  void fill(Claim claim, InputStream body, long size, ImageStatus to) throws IOException {
    String upload = claim.upload();
    try {
      checkSpace(size);
      StoredData data = store(claim.image(), upload, body, size);
      finish(claim, to, data);
      if (to == ImageStatus.ACTIVE) {
        service.activated(claim.image().id());
      }
    } catch (IOException | RuntimeException | Error e) {
      release(claim, e);
      throw e;
    } finally {
      upkeep.remove(upload);
    }
  }

  private void checkSpace(long size) throws IOException {
    if (size > limits.largestImage()) {
      throw new ImageServiceException(
          Problem.TOO_LARGE,
          "The image of %d bytes is larger than %d bytes".formatted(size, limits.largestImage()));
    }
    if (Math.max(size, 0) > service.free()) {
      throw full();
    }
  }

  private static ImageServiceException full() {
    return new ImageServiceException(
        Problem.TOO_LARGE, "There is not enough disk space on the image storage media");
  }

  private Claim claim(Caller caller, String id, ImageStatus during, UnaryOperator<ImageRecord> more)
      throws IOException {
    String upload = UUID.randomUUID().toString();
    ImageRecord claimed =
        service.replace(
            caller,
            id,
            "upload data to",
            image -> {
              if (image.status() != ImageStatus.QUEUED) {
                throw ImageServiceException.conflict(transition(image.status(), during));
              }
              if (image.attributes().diskFormat() == null
                  || image.attributes().containerFormat() == null) {
                throw ImageServiceException.invalid(
                    "Properties disk_format, container_format must be set prior to saving data.");
              }
              return more.apply(image.in(during, null, upkeep.lease(upload), service.now()));
            });
    upkeep.add(upload, id);
    return new Claim(claimed, upload);
  }

  private static String transition(ImageStatus from, ImageStatus to) {
    return "Image status transition from %s to %s is not allowed".formatted(from.text(), to.text());
  }

  private StoredData store(ImageRecord image, String upload, InputStream body, long size)
      throws IOException {
    String format = image.attributes().diskFormat();
    if (format == null) {
      throw new IllegalStateException("claimed without a format");
    }
    try (BlobStore.Pending pending = blobs.begin(upload);
        BlockSums sums = new BlockSums(blobs.begin(BlockSums.name(upload)))) {
      UploadPass pass =
          new UploadPass(
              pending,
              sums,
              new FormatInspection(format, limits),
              size < 0 ? limits.largestImage() : size);
      UploadPass.Found found = pass.run(body, new Heartbeat(image.id(), upload));
      if (size >= 0 && found.size() != size) {
        throw ImageServiceException.invalid(
            "The data has %d bytes, and %d were announced".formatted(found.size(), size));
      }
      return new StoredData(
          complete(pending, sums, upload),
          found.size(),
          found.virtualSize(),
          found.md5(),
          found.sha512());
    } catch (IOException e) {
      if (isFull(e)) {
        throw full();
      }
      if (!(e instanceof ImageServiceException) && isLost(image.id(), upload, e)) {
        // What is stored for a claim that does not stand, others delete.
        ImageServiceException gone = gone(image.id());
        gone.addSuppressed(e);
        throw gone;
      }
      throw e;
    }
  }

  /** Returns whether it is certain that an image is no upload's any more that failed. */
  private boolean isLost(String id, String upload, IOException failure) {
    try {
      return !isClaimed(id, upload);
    } catch (IOException e) {
      failure.addSuppressed(e);
      return false;
    }
  }

  private boolean isClaimed(String id, String upload) throws IOException {
    ImageRecord image = catalogue.find(id).orElse(null);
    return image != null && image.isWrittenBy(upload);
  }

  /** Both or none; what failed may be done all the same, and no image has it yet. */
  private String complete(BlobStore.Pending pending, BlockSums sums, String upload)
      throws IOException {
    try {
      sums.complete();
      return pending.complete();
    } catch (IOException e) {
      service.deleteBlob(upload);
      throw e;
    }
  }

  /** Java has no exception of its own for a full disk. */
  private static boolean isFull(IOException e) {
    String message = e.getMessage();
    return message != null && message.contains("No space left on device");
  }

  /**
   * Gives the image its data. If that fails, it may be done all the same: so the blob is deleted
   * only once it is certain that the image does not have it. Otherwise it stays until the store is
   * swept.
   */
  private void finish(Claim claim, ImageStatus to, StoredData data) throws IOException {
    Optional<ImageRecord> image;
    try {
      image =
          service.replace(
              claim.image().id(),
              record ->
                  record.isWrittenBy(claim.upload())
                      ? record
                          .in(to, data, null, service.now())
                          .ended(true, "Copied %d bytes".formatted(data.size()), service.now())
                      : record);
    } catch (IOException e) {
      try {
        image = takeBack(claim, e);
      } catch (IOException again) {
        e.addSuppressed(again);
        throw e;
      }
      if (!has(image, data)) {
        service.deleteBlob(data.blob());
        throw e;
      }
    }
    if (!has(image, data)) {
      service.deleteBlob(data.blob());
      throw gone(claim.image().id());
    }
  }

  private static boolean has(Optional<ImageRecord> image, StoredData data) {
    return image.isPresent() && data.equals(image.get().data());
  }

  private static ImageServiceException gone(String id) {
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

  /** Makes staged data that of the image. */
  ImageRecord importStaged(Caller caller, String id, String request) throws IOException {
    Instant now = service.now();
    ImageRecord imported =
        service.replace(
            caller,
            id,
            "import",
            image -> {
              StoredData data = image.data();
              if (image.status() != ImageStatus.UPLOADING
                  || image.lease() != null
                  || data == null) {
                throw ImageServiceException.conflict(
                    "Image needs to be staged before 'glance-direct' method can be used");
              }
              ImportTask task =
                  new ImportTask(
                      UUID.randomUUID().toString(),
                      caller.user(),
                      request,
                      "glance-direct",
                      ImportTask.Status.SUCCESS,
                      "Copied %d bytes".formatted(data.size()),
                      now,
                      now);
              return image.in(ImageStatus.ACTIVE, data, null, now).with(task);
            });
    service.activated(id);
    return imported;
  }

  /** Notices that the image of an upload is gone, or the disk full. */
  private final class Heartbeat implements UploadPass.Between {
    private final String id;
    private final String upload;
    private int pieces;

    Heartbeat(String id, String upload) {
      this.id = id;
      this.upload = upload;
    }

    @Override
    public void pieces() throws IOException {
      if (pieces++ % PIECES_PER_BEAT != 0) {
        return;
      }
      if (service.free() == 0) {
        throw full();
      }
      if (!isClaimed(id, upload)) {
        throw gone(id);
      }
    }
  }
}
