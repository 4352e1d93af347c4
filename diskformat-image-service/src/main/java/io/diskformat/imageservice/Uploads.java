package io.diskformat.imageservice;

import io.diskformat.CreateOptions;
import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Takes the data of images, in five steps: the image is claimed for one upload; the data is stored
 * where nobody sees it; it is made durable under a name; the image gets it if the claim still
 * stands; only then the caller learns of it. Whatever fails, the image is as before, and nothing of
 * the data stays.
 */
final class Uploads {
  private static final System.Logger LOG = System.getLogger(Uploads.class.getName());

  private static final String CONTENT_HASH = "os_diskformat_content_hash";

  /** With the pieces of an {@link UploadPass}, 8 MiB. */
  private static final int PIECES_PER_BEAT = 64;

  private final ImageService service;
  private final Claims claims;
  private final Catalogue catalogue;
  private final Blobs blobs;
  private final Deduplication deduplication;
  private final DiskManifests manifests;
  private final AttributeRules rules;
  private final Quotas quotas;
  private final ServiceLimits limits;

  Uploads(
      ImageService service, Claims claims, Catalogue catalogue, Blobs blobs, ServiceLimits limits) {
    this.service = service;
    this.claims = claims;
    this.catalogue = catalogue;
    this.blobs = blobs;
    this.deduplication = new Deduplication(service, catalogue, blobs);
    this.manifests = new DiskManifests(blobs, limits);
    this.rules = new AttributeRules(limits);
    this.quotas = new Quotas(service, catalogue, limits);
    this.limits = limits;
  }

  /**
   * Takes data.
   *
   * @param size how many bytes were announced, or a negative number
   * @param form in which it comes
   * @param stages whether it is only staged
   */
  ImageRecord run(
      Caller caller,
      String id,
      InputStream body,
      long size,
      UploadForm form,
      boolean stages,
      StoreChoice choice)
      throws IOException {
    StoreFailures target = target(choice);
    checkSpace(form.isPlain() ? size : -1, target);
    ImageStatus during = stages ? ImageStatus.UPLOADING : ImageStatus.SAVING;
    Claims.Claim claim = claims.claim(caller, id, during, image -> image);
    fill(claim, body, size, form, stages ? ImageStatus.UPLOADING : ImageStatus.ACTIVE, target);
    return service.get(caller, id);
  }

  /** Returns the stores of a choice, of which none has failed yet. */
  StoreFailures target(StoreChoice choice) throws ImageServiceException {
    return new StoreFailures(blobs.chosen(choice), choice.allMustSucceed());
  }

  /**
   * Takes the data of an image that was claimed. Whatever fails, the claim ends.
   *
   * @param form in which it comes; what it does not say, the image's properties may
   * @param target the stores that are to keep it
   */
  void fill(
      Claims.Claim claim,
      InputStream body,
      long size,
      UploadForm form,
      ImageStatus to,
      StoreFailures target)
      throws IOException {
    try {
      UploadForm whole = form.or(claim.image().attributes());
      InputStream watched = whole.digest() == null ? body : whole.digest().watch(body);
      Stored stored;
      if (whole.isPlain()) {
        stored = store(claim, watched, size, target);
      } else {
        String format = claim.image().attributes().diskFormat();
        try (InputStream data = ConvertedStream.of(watched, whole, format, limits)) {
          stored = store(claim, data, -1, target);
        }
      }
      finish(claim, to, stored, target);
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

  /** Returns what judges the data of an image that was claimed, in the form in which it comes. */
  UploadInspection inspection(ImageRecord image, UploadForm form) throws ImageServiceException {
    String its = image.attributes().diskFormat();
    CreateOptions target = ConvertedStream.target(form, its);
    String format = target == null ? its : form.format();
    if (format == null) {
      throw new IllegalStateException("claimed without a format");
    }
    return form.isCompressed() ? new UnseenInspection() : new FormatInspection(format, limits);
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

  DiskManifests manifests() {
    return manifests;
  }

  static ImageServiceException full() {
    return new ImageServiceException(
        Problem.TOO_LARGE, "There is not enough disk space on the image storage media");
  }

  /**
   * What was stored.
   *
   * @param contentHash of the disk, if that is made, and could be
   */
  private record Stored(StoredData data, Optional<String> contentHash) {}

  /** Stores the data of an image. */
  private Stored store(Claims.Claim claim, InputStream body, long size, StoreFailures target)
      throws IOException {
    checkSpace(size, target);
    Reservation room = Reservation.of(quotas, claim, size, target.whole().size());
    long most = size < 0 ? limits.largestImage() : size;
    UploadPass.Allowance allowance =
        bytes -> {
          if (bytes > most) {
            throw new ImageServiceException(
                Problem.TOO_LARGE, "The image is larger than " + most + " bytes");
          }
          room.use(bytes);
        };
    UploadInspection inspection = inspection(claim.image(), UploadForm.plain());
    ManifestMaking manifest = manifests.begin(claim, size, target);
    return store(claim, body, size, inspection, allowance, manifest, target);
  }

  /**
   * Stores a copy of data that an image has, under the name of the upload.
   *
   * @param more how many bytes of its project's quota the image takes more when all is done
   * @return where the copies are
   */
  Map<String, String> copy(Claims.Claim claim, StoredData data, long more, StoreFailures target)
      throws IOException {
    if (more > 0) {
      long _ = quotas.reserve(claim, more, more);
    }
    try (InputStream bytes = Channels.newInputStream(blobs.open(data, ""))) {
      StoredData copy =
          store(claim, bytes, data.size(), new UnseenInspection(), _ -> {}, null, target).data();
      if (!copy.sha512().equals(data.sha512())) {
        copy.blobs().forEach(blobs::delete);
        throw new ImageServiceException(
            Problem.UNAVAILABLE, "The data of the image is not what it was, and is not copied");
      }
      manifests.copy(data, claim.upload(), target);
      return copy.blobs();
    }
  }

  /**
   * Stores data, under the name of the upload.
   *
   * @param manifest is closed
   */
  private Stored store(
      Claims.Claim claim,
      InputStream body,
      long size,
      UploadInspection inspection,
      UploadPass.Allowance allowance,
      @Nullable ManifestMaking manifest,
      StoreFailures target)
      throws IOException {
    String upload = claim.upload();
    boolean isStored = false;
    try (manifest;
        SpreadBlob pending = new SpreadBlob(blobs, upload, target);
        BlockSums sums = new BlockSums(new SpreadBlob(blobs, BlockSums.name(upload), target))) {
      UploadPass pass = new UploadPass(pending, sums, manifest, inspection, allowance);
      UploadPass.Found found = pass.run(body, new Heartbeat(claim.image().id(), upload, target));
      if (size >= 0 && found.size() != size) {
        throw ImageServiceException.invalid(
            "The data has %d bytes, and %d were announced".formatted(found.size(), size));
      }
      sums.complete();
      String _ = pending.complete();
      Optional<String> hash = manifest == null ? Optional.empty() : manifest.finish();
      isStored = true;
      return new Stored(
          new StoredData(
              named(upload, target),
              found.size(),
              found.virtualSize(),
              found.md5(),
              found.sha512(),
              false),
          hash);
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

  private void finish(Claims.Claim claim, ImageStatus to, Stored stored, StoreFailures target)
      throws IOException {
    StoredData own = stored.data();
    Map<String, String> found = new TreeMap<>();
    stored.contentHash().ifPresent(hash -> found.put(CONTENT_HASH, hash));
    StoredData data = limits.sharesBlobs() ? shared(claim, own) : own;
    claims.finish(
        claim,
        own.blobs(),
        data.blobs(),
        record ->
            record
                .in(to, data, null, service.now())
                .with(
                    rules.withFound(UploadForm.without(record.attributes()), found), service.now())
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
      return deduplication.share(claim, own);
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
