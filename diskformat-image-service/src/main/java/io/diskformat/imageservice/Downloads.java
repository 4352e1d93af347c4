package io.diskformat.imageservice;

import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/** Reads the data of images, to be sent or to be checked. Thread-safe. */
final class Downloads {
  private final ImageService service;
  private final Blobs blobs;

  Downloads(ImageService service, Blobs blobs) {
    this.service = service;
    this.blobs = blobs;
  }

  Optional<ImageContent> open(Caller caller, String id, String preferred) throws IOException {
    ImageRecord image = service.get(caller, id);
    if (image.status() == ImageStatus.DEACTIVATED && !caller.isAdmin()) {
      throw ImageServiceException.forbidden(
          "The requested image has been deactivated. Image data download is forbidden.");
    }
    StoredData data = image.data();
    if (data == null
        || (image.status() != ImageStatus.ACTIVE && image.status() != ImageStatus.DEACTIVATED)) {
      return Optional.empty();
    }
    try {
      return Optional.of(new ImageContent(image, data, blobs.open(data, preferred)));
    } catch (NoSuchFileException e) {
      // Unless it was deleted meanwhile.
      var _ = service.get(caller, id);
      throw new ImageServiceException(
          Problem.UNAVAILABLE, "The data of image " + id + " cannot be found in the store");
    }
  }

  Optional<DerivedImage> openAs(Caller caller, String id, String format) throws IOException {
    Optional<ImageContent> content = open(caller, id, "");
    return content.isEmpty()
        ? Optional.empty()
        : Optional.of(DerivedImage.of(content.get(), format));
  }

  Optional<ImageReport> check(Caller caller, String id, long rate) throws IOException {
    Optional<ImageReport> report = BlobCheck.of(blobs, service.get(caller, id), rate);
    // Of an image that was deleted meanwhile, the data that is missing is no damage.
    var _ = service.get(caller, id);
    return report;
  }
}
