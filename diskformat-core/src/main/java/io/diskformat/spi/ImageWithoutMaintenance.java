package io.diskformat.spi;

import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import java.io.IOException;

/**
 * The maintenance of a format that has none: every operation but {@code info} throws, naming itself
 * and the format.
 */
final class ImageWithoutMaintenance implements ImageMaintenance {
  private final DiskImage image;

  ImageWithoutMaintenance(DiskImage image) {
    this.image = image;
  }

  @Override
  public ImageInfo info() throws IOException {
    return image.info();
  }

  @Override
  public void close() throws IOException {
    image.close();
  }
}
