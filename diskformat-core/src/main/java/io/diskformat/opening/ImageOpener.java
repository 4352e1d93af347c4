package io.diskformat.opening;

import io.diskformat.DiskImage;
import io.diskformat.OpenOptions;
import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * Opens an image in an open storage. The image that is returned owns the storage, which is closed
 * if this throws.
 */
@FunctionalInterface
interface ImageOpener {
  /**
   * Opens an image.
   *
   * @param references opens the files that the image refers to
   */
  DiskImage open(Storage storage, OpenOptions options, References references) throws IOException;

  /** Opens an image below another. */
  default DiskImage open(References.Below below) throws IOException {
    return open(below.storage(), below.options(), below.references());
  }
}
