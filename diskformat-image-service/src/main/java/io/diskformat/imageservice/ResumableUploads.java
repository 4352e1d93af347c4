package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Uploads that may be cut off and go on later: what has come is kept in pieces, each of which is
 * durable and in the image's record before the next begins, so that not even a service that is
 * killed loses more than the last one. When all has come, the pieces are read as one upload, and
 * judged as any other. Thread-safe, with the exceptions of an {@link ImageService}.
 */
public final class ResumableUploads {
  private static final int PIECES_OF_A_SIZE = 16;

  /**
   * All are in the record, which is written anew with each: a client may send one byte at a time.
   */
  static final int MOST_PIECES = 10_000;

  private final ImageService service;
  private final Uploads uploads;
  private final Claims claims;
  private final Catalogue catalogue;
  private final Blobs blobs;
  private final ServiceLimits limits;

  /** How large a piece is at first, in bytes. */
  private long piece = 64 << 20;

  /**
   * How far an upload has come.
   *
   * @param offset how many bytes have come
   * @param length how many there are in all, or a negative number as long as that is not known
   * @param until when they are kept if nothing more comes
   */
  public record Progress(long offset, long length, Instant until) {}

  ResumableUploads(
      ImageService service,
      Uploads uploads,
      Claims claims,
      Catalogue catalogue,
      Blobs blobs,
      ServiceLimits limits) {
    this.service = service;
    this.uploads = uploads;
    this.claims = claims;
    this.catalogue = catalogue;
    this.blobs = blobs;
    this.limits = limits;
  }

  /** Sets how large a piece is at first, in bytes, for tests. */
  void pieces(long size) {
    piece = size;
  }

  /**
   * Returns how far the upload of an image has come. As long as somebody is at it, that may be less
   * than what has come.
   *
   * @return nothing if there is none
   */
  public Optional<Progress> progress(Caller caller, String id) throws IOException {
    return Optional.ofNullable(service.changeable(caller, id, "upload data to").partial())
        .map(ResumableUploads::progress);
  }

  private static Progress progress(PartialUpload partial) {
    return new Progress(partial.offset(), partial.length(), partial.until());
  }

  /**
   * Begins an upload, which nothing has come of yet; one that was begun before is forgotten.
   *
   * @param length how many bytes there are in all, or a negative number if that is not known
   * @param choice the one store that is to keep the data
   */
  public Progress begin(Caller caller, String id, long length, StoreChoice choice)
      throws IOException {
    return begin(caller, id, length, UploadForm.plain(), choice);
  }

  /**
   * Begins an upload as {@link #begin(Caller, String, long, StoreChoice)} does.
   *
   * @param form in which all of it comes: only at its end it is compared with its digest,
   *     decompressed or converted
   */
  public Progress begin(Caller caller, String id, long length, UploadForm form, StoreChoice choice)
      throws IOException {
    StoreFailures target = uploads.target(choice);
    uploads.checkSpace(length, target);
    PartialUpload partial =
        new PartialUpload(target.whole().getFirst(), List.of(), Math.max(-1, length), end(), form);
    AtomicReference<@Nullable PartialUpload> before = new AtomicReference<>();
    ImageRecord _ =
        service.replace(
            caller,
            id,
            "upload data to",
            image -> {
              Claims.checkQueued(image, ImageStatus.SAVING);
              var _ = room(image, image.id());
              uploads.quotas().check(image, length);
              var _ = uploads.inspection(image, form.or(image.attributes()));
              before.set(image.partial());
              return image.with(partial);
            });
    delete(before.get());
    return progress(partial);
  }

  private void delete(@Nullable PartialUpload partial) {
    if (partial != null) {
      blobs.delete(partial);
    }
  }

  private Instant end() {
    return service.now().plus(limits.resumable());
  }

  /** Forgets what has come of an upload, if anything has. */
  public void cancel(Caller caller, String id) throws IOException {
    AtomicReference<@Nullable PartialUpload> partial = new AtomicReference<>();
    ImageRecord _ =
        service.replace(
            caller,
            id,
            "upload data to",
            image -> {
              if (image.lease() != null) {
                throw ImageServiceException.conflict("The data of image " + id + " arrives now");
              }
              partial.set(image.partial());
              return image.with((PartialUpload) null);
            });
    delete(partial.get());
  }

  /**
   * Takes more of the data of an image. If it ends before that is said, or the service is stopped,
   * what has come is kept.
   *
   * @param offset how many bytes have come before
   * @param body the next bytes; it is not closed, and not read to its end if the data is refused
   * @param completes whether there is nothing behind them
   * @return how far the upload has come; nothing if the image has all its data now
   * @throws ImageServiceException if that is not how many have come, among others
   */
  public Optional<Progress> append(
      Caller caller, String id, long offset, InputStream body, boolean completes)
      throws IOException {
    Claims.Claim claim =
        claims.claimQueued(caller, id, ImageStatus.SAVING, image -> resumed(image, offset));
    try {
      PartialUpload partial = resumed(claim.image());
      UploadInspection inspection =
          offset == 0 ? inspection(claim.image(), partial) : new UnseenInspection();
      PieceReader pieces = new PieceReader(body, inspection);
      while (!pieces.isAtEnd()) {
        claim = keep(claim, partial, pieces);
        partial = resumed(claim.image());
        checkLength(partial, partial.offset() > partial.length());
      }
      pieces.throwFailure();
      if (!completes) {
        claims.release(claim, new IOException("more is to come"));
        return Optional.of(progress(partial));
      }
      complete(claim, partial);
      return Optional.empty();
    } catch (IOException | RuntimeException | Error e) {
      end(claim, e);
      throw e;
    } finally {
      claims.remove(claim);
    }
  }

  private UploadInspection inspection(ImageRecord image, PartialUpload partial)
      throws ImageServiceException {
    return uploads.inspection(image, partial.form().or(image.attributes()));
  }

  private ImageRecord resumed(ImageRecord image, long offset) throws IOException {
    PartialUpload partial = image.partial();
    if (partial == null) {
      throw new ImageServiceException(
          Problem.NOT_FOUND, "There is no upload of image " + image.id() + " to be resumed");
    }
    if (partial.offset() != offset) {
      throw ImageServiceException.conflict(
          "The upload of image %s is to be resumed at offset %d, not %d"
              .formatted(image.id(), partial.offset(), offset));
    }
    return image;
  }

  private static PartialUpload resumed(ImageRecord image) {
    PartialUpload partial = image.partial();
    if (partial == null) {
      throw new IllegalStateException("claimed without an upload to be resumed");
    }
    return partial;
  }

  /** Stores a piece, and puts it into the record; a further claim is for the next one. */
  private Claims.Claim keep(Claims.Claim claim, PartialUpload partial, PieceReader pieces)
      throws IOException {
    checkPieces(claim.image().id(), partial);
    String blob = claim.upload();
    long wanted = Math.min(largestPiece(partial), room(claim.image(), ""));
    long offset = partial.offset();
    long most = uploads.quotas().reserve(claim, offset + 1, offset + wanted) - offset;
    long size;
    try (BlobStore.Pending pending = blobs.of(partial.store()).begin(blob)) {
      size = pieces.write(pending, most);
      String _ = pending.complete();
    } catch (IOException e) {
      throw Uploads.refusal(e);
    }
    PartialUpload more = partial.with(new PartialUpload.Piece(blob, size), end());
    try {
      return claims.next(claim, image -> image.with(more));
    } catch (ImageServiceException e) {
      blobs.delete(partial.store(), blob);
      throw e;
    }
  }

  static void checkPieces(String image, PartialUpload partial) throws ImageServiceException {
    if (partial.pieces().size() >= MOST_PIECES) {
      throw ImageServiceException.conflict(
          "The upload of image %s has come in %d parts; begin it again, with larger ones"
              .formatted(image, MOST_PIECES));
    }
  }

  private long largestPiece(PartialUpload partial) throws IOException {
    StoreFailures target = new StoreFailures(List.of(partial.store()), true);
    uploads.checkSpace(Math.max(1, partial.offset()), target);
    return largestPiece(piece, partial);
  }

  /** The more there is, the larger are pieces, so that there are never many. */
  static long largestPiece(long first, PartialUpload partial) {
    long most = Math.max(first, partial.offset() / PIECES_OF_A_SIZE);
    // One byte too many says that there are.
    return partial.length() < 0 ? most : Math.min(most, partial.length() - partial.offset() + 1);
  }

  /**
   * Returns how many bytes a project may have more of uploads that are not complete.
   *
   * @param forgotten the id of an image whose upload does not count, or an empty string
   * @throws ImageServiceException if none
   */
  private long room(ImageRecord image, String forgotten) throws IOException {
    String owner = image.attributes().owner();
    long all;
    try (Stream<ImageRecord> images = catalogue.all()) {
      all =
          images
              .filter(other -> other.attributes().owner().equals(owner))
              .filter(other -> !other.id().equals(forgotten))
              .mapToLong(ResumableUploads::kept)
              .sum();
    }
    if (all >= limits.partialData()) {
      throw new ImageServiceException(
          Problem.TOO_LARGE,
          "Project %s has %d bytes of uploads that are not complete, and may have %d"
              .formatted(owner, all, limits.partialData()));
    }
    return limits.partialData() - all;
  }

  private static long kept(ImageRecord image) {
    PartialUpload partial = image.partial();
    return partial == null ? 0 : partial.offset();
  }

  private static void checkLength(PartialUpload partial, boolean differs)
      throws ImageServiceException {
    if (partial.length() >= 0 && differs) {
      throw ImageServiceException.invalid(
          "The data has %d bytes, and %d were announced"
              .formatted(partial.offset(), partial.length()));
    }
  }

  private void complete(Claims.Claim claim, PartialUpload partial) throws IOException {
    checkLength(partial, partial.offset() != partial.length());
    try (InputStream all = new PieceStream(blobs.of(partial.store()), partial)) {
      uploads.fill(
          claim,
          all,
          partial.offset(),
          partial.form(),
          ImageStatus.ACTIVE,
          new StoreFailures(List.of(partial.store()), true));
    }
    blobs.delete(partial);
  }

  /** Ends a claim; of data that was refused, nothing is kept. */
  private void end(Claims.Claim claim, Throwable cause) {
    claims.release(claim, cause);
    if (cause instanceof ImageServiceException refusal
        && (refusal.problem() == Problem.UNSUPPORTED || refusal.problem() == Problem.INVALID)) {
      try {
        Optional<ImageRecord> rest =
            service.replace(
                claim.image().id(),
                image -> image.lease() == null ? image.with((PartialUpload) null) : image);
        PartialUpload partial = claim.image().partial();
        if (partial != null && rest.isPresent() && rest.get().partial() == null) {
          blobs.delete(partial);
        }
      } catch (IOException e) {
        // It is forgotten when nobody has resumed it in time.
        cause.addSuppressed(e);
      }
    }
  }
}
