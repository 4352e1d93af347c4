package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import java.io.IOException;

/** A verb that reads images, which it may do while another process writes them. */
abstract class ReadingVerb extends ImageVerb {
  private final Argument shared =
      flag("Read the image even if somebody else is writing it.", "-U", "--force-share");

  ReadingVerb(String name, String description) {
    super(name, description);
  }

  /** Returns how to read an image. */
  final OpenOptions reading(ImageName image) {
    return with(asShared(OpenOptions.readOnly()), image);
  }

  /** Opens an image for reading. */
  final DiskImage open(ImageName image) throws IOException {
    return DiskImages.open(image.file(), reading(image));
  }

  private OpenOptions asShared(OpenOptions options) {
    return shared.isGiven() ? options.shared() : options;
  }

  /**
   * Refuses {@code --force-share} for a verb that is going to write the image.
   *
   * @param option the option by which the image is written
   * @throws IllegalArgumentException if {@code --force-share} was given
   */
  final void refuseSharing(String option) {
    if (shared.isGiven()) {
      throw new IllegalArgumentException(
          "-U is for an image that is only read; " + option + " writes it");
    }
  }
}
