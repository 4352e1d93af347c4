package io.diskformat.cli;

import io.diskformat.imageservice.BlobStore;
import io.diskformat.imageservice.Catalogue;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.jdbc.JdbcCatalogue;
import io.diskformat.imageservice.s3.S3BlobStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the verb {@code serve} keeps images.
 *
 * @param directory of whatever is in no other place
 * @param catalogue the URL of a database, or null for the directory
 * @param store the URI of a bucket, or null for the directory
 */
record ServedPlaces(Path directory, @Nullable String catalogue, @Nullable String store) {
  ImageService open(ServiceLimits limits) throws IOException {
    Catalogue records = openCatalogue();
    try {
      return ImageService.open(records, openStore(), limits);
    } catch (IOException | RuntimeException e) {
      records.close();
      throw e;
    }
  }

  private Catalogue openCatalogue() throws IOException {
    if (catalogue == null) {
      return FileCatalogue.open(directory.resolve("catalogue"));
    }
    if (!catalogue.startsWith("jdbc:")) {
      throw new IllegalArgumentException("expected the URL of a database, jdbc:..., as catalogue");
    }
    return JdbcCatalogue.open(catalogue);
  }

  private BlobStore openStore() throws IOException {
    return store == null ? FileBlobStore.open(directory) : S3BlobStore.open(URI.create(store));
  }

  /** Leaves out the catalogue's URL, which may contain a password. */
  @Override
  public String toString() {
    return (catalogue == null ? "" : "a database and ") + (store == null ? directory : store);
  }
}
