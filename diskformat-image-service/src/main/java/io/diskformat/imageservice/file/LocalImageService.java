package io.diskformat.imageservice.file;

import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import java.io.IOException;
import java.nio.file.Path;

/** An image service that keeps everything below one directory. */
public final class LocalImageService {
  private LocalImageService() {}

  /**
   * Opens a service, and creates its directory if there is none.
   *
   * @throws IOException if another process has it open, or a file of it cannot be read
   */
  public static ImageService open(Path directory, ServiceLimits limits) throws IOException {
    FileCatalogue catalogue = FileCatalogue.open(directory.resolve("catalogue"));
    try {
      return ImageService.open(catalogue, FileBlobStore.open(directory), limits);
    } catch (IOException | RuntimeException e) {
      catalogue.close();
      throw e;
    }
  }
}
