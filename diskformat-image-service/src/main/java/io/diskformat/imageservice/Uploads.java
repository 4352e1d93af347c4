package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Takes the data of images, in five steps: the image is claimed for one upload; the data is stored
 * where nobody sees it; it is made durable under a name; the image gets it if the claim still
 * stands; only then the caller learns of it. Whatever fails, the image is as before, and nothing of
 * the data stays.
 */
final class Uploads {
  private static final System.Logger LOG = System.getLogger(Uploads.class.getName());

  /** With the pieces of an {@link UploadPass}, 8 MiB. */
  private static final int PIECES_PER_BEAT = 64;

  private final ImageService service;
  private final Claims claims;
  private final Catalogue catalogue;
  private final Blobs blobs;
  private final Deduplication deduplication;
  private final Quotas quotas;
  private final ServiceLimits limits;

  Uploads(
      ImageService service, Claims claims, Catalogue catalogue, Blobs blobs, ServiceLimits limits) {
    this.service = service;
    this.claims = claims;
    this.catalogue = catalogue;
    this.blobs = blobs;
    this.deduplication = new Deduplication(service, catalogue, blobs);
    this.quotas = new Quotas(catalogue, limits);
    this.limits = limits;
  }

  /**
   * Takes data.
   *
   * @param size how many bytes were announced, or a negative number
   * @param stages whether it is only staged
   */
  ImageRecord run(
      Caller caller, String id, InputStream body, long size, boolean stages, StoreChoice choice)
      throws IOException {
    StoreFailures target = target(choice);
    checkSpace(size, target);
    ImageStatus during = stages ? ImageStatus.UPLOADING : ImageStatus.SAVING;
    Claims.Claim claim = claims.claim(caller, id, during, image -> image);
    fill(claim, body, size, stages ? ImageStatus.UPLOADING : ImageStatus.ACTIVE, target);
    return service.get(caller, id);
  }

  /** Returns the stores of a choice, of which none has failed yet. */
  StoreFailures target(StoreChoice choice) throws ImageServiceException {
    return new StoreFailures(blobs.chosen(choice), choice.allMustSucceed());
  }

  /**
   * Takes the data of an image that was claimed. Whatever fails, the claim ends.
   *
   * @param target the stores that are to keep it
   */
  void fill(Claims.Claim claim, InputStream body, long size, ImageStatus to, StoreFailures target)
      throws IOException {
    try {
      checkSpace(size, target);
      StoredData data = store(claim, body, size, inspection(claim.image()), target);
      finish(claim, to, data, target);
      if (to == ImageStatus.ACTIVE) {
        service.activated(claim.image().id());
      }
    } catch (IOException | RuntimeException | Error e) {
      claims.release(claim, e);
      throw e;
    } finally {
      claims.remove(claim);
    }
  }

  /** Returns what judges the data of an image that was claimed. */
  UploadInspection inspection(ImageRecord image) {
    String format = image.attributes().diskFormat();
    if (format == null) {
      throw new IllegalStateException("claimed without a format");
    }
    return new FormatInspection(format, limits);
  }

  /** Refuses what is too large, or more than some stores have room for. */
  void checkSpace(long size, StoreFailures target) throws IOException {
    if (size > limits.largestImage()) {
      throw new ImageServiceException(
          Problem.TOO_LARGE,
          "The image of %d bytes is larger than %d bytes".formatted(size, limits.largestImage()));
    }
    checkRoom(Math.max(size, 0), target);
  }

  /** A store that has no room, or does not say what it has, is one that fails. */
  private void checkRoom(long size, StoreFailures target) throws IOException {
    for (String store : target.whole()) {
      target.attempt(
          store,
          () -> {
            if (size > Math.max(0, blobs.of(store).free() - limits.reserve())) {
              throw full();
            }
          });
    }
  }

  Quotas quotas() {
    return quotas;
  }

  static ImageServiceException full() {
    return new ImageServiceException(
        Problem.TOO_LARGE, "There is not enough disk space on the image storage media");
  }

  /**
   * Stores data, under the name of the upload.
   *
   * @param size how many bytes were announced, or a negative number
   */
  StoredData store(
      Claims.Claim claim,
      InputStream body,
      long size,
      UploadInspection inspection,
      StoreFailures target)
      throws IOException {
    String upload = claim.upload();
    long room = quotas.room(claim.image(), size, target.whole().size());
    long most = size < 0 ? Math.min(room, limits.largestImage()) : size;
    boolean isStored = false;
    try (SpreadBlob pending = new SpreadBlob(blobs, upload, target);
        BlockSums sums = new BlockSums(new SpreadBlob(blobs, BlockSums.name(upload), target))) {
      UploadPass pass = new UploadPass(pending, sums, inspection, most);
      UploadPass.Found found = pass.run(body, new Heartbeat(claim.image().id(), upload, target));
      if (size >= 0 && found.size() != size) {
        throw ImageServiceException.invalid(
            "The data has %d bytes, and %d were announced".formatted(found.size(), size));
      }
      sums.complete();
      String _ = pending.complete();
      isStored = true;
      return new StoredData(
          named(upload, target),
          found.size(),
          found.virtualSize(),
          found.md5(),
          found.sha512(),
          false);
    } catch (IOException e) {
      if (!(e instanceof ImageServiceException) && isLost(claim, e)) {
        // What is stored for a claim that does not stand, others delete.
        ImageServiceException gone = Claims.gone(claim.image().id());
        gone.addSuppressed(e);
        throw gone;
      }
      throw refusal(e);
    } finally {
      // What a store failed to do may be done all the same.
      (isStored ? target.failed() : target.all()).forEach(store -> blobs.undo(store, upload));
    }
  }

  /** Returns whether it is certain that an upload that failed has lost its image. */
  private boolean isLost(Claims.Claim claim, IOException failure) {
    try {
      return !isClaimed(claim.image().id(), claim.upload());
    } catch (IOException e) {
      failure.addSuppressed(e);
      return false;
    }
  }

  private boolean isClaimed(String id, String upload) throws IOException {
    ImageRecord image = catalogue.find(id).orElse(null);
    return image != null && image.isWrittenBy(upload);
  }

  private static SortedMap<String, String> named(String upload, StoreFailures target) {
    SortedMap<String, String> blobs = new TreeMap<>();
    target.whole().forEach(store -> blobs.put(store, upload));
    return blobs;
  }

  /** Returns what a client is to know of a failure: Java has no exception of a full disk. */
  static IOException refusal(IOException e) {
    String message = e.getMessage();
    return message != null && message.contains("No space left on device") ? full() : e;
  }

  private void finish(Claims.Claim claim, ImageStatus to, StoredData own, StoreFailures target)
      throws IOException {
    StoredData data = limits.sharesBlobs() ? shared(claim, own) : own;
    claims.finish(
        claim,
        own.blobs(),
        data.blobs(),
        record ->
            record
                .in(to, data, null, service.now())
                .with((PartialUpload) null)
                .ended(
                    true,
                    "Copied %d bytes".formatted(data.size()),
                    target.failed(),
                    service.now()));
  }

  /** An upload that finds nobody to share with is none that fails. */
  private StoredData shared(Claims.Claim claim, StoredData own) {
    try {
      return deduplication.share(claim.image().id(), claim.upload(), own);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "no image is found that has the same bytes", e);
      return own;
    }
  }

  /** Notices that the image of an upload is gone, or the disk full. */
  private final class Heartbeat implements UploadPass.Between {
    private final String id;
    private final String upload;
    private final StoreFailures target;
    private int pieces;

    Heartbeat(String id, String upload, StoreFailures target) {
      this.id = id;
      this.upload = upload;
      this.target = target;
    }

    @Override
    public void pieces() throws IOException {
      if (pieces++ % PIECES_PER_BEAT != 0) {
        return;
      }
      checkRoom(1, target);
      if (!isClaimed(id, upload)) {
        throw Claims.gone(id);
      }
    }
  }
}
