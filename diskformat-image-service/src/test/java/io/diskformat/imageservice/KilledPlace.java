package io.diskformat.imageservice;

import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.jdbc.JdbcCatalogue;
import io.diskformat.imageservice.s3.S3BlobStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/**
 * Where a service that is killed has its images.
 *
 * @param directory of what is in no other place
 * @param catalogue the URL of a database, {@code file} for files in the directory, or {@code
 *     sqlite} for a database in it
 * @param store the URI of a bucket, or empty for the directory
 */
public record KilledPlace(Path directory, String catalogue, String store) {
  /** Blobs are files of the directory. */
  public KilledPlace(Path directory, String catalogue) {
    this(directory, catalogue, "");
  }

  /** Returns the place that follows, where everything is in the directory, of which all is read. */
  KilledPlace next(int number) throws IOException {
    return store.isEmpty() && (catalogue.equals("file") || catalogue.equals("sqlite"))
        ? new KilledPlace(
            Files.createDirectories(directory.resolve("later" + number)), catalogue, store)
        : this;
  }

  BlobStore blobs() throws IOException {
    return store.isEmpty() ? FileBlobStore.open(directory) : S3BlobStore.open(URI.create(store));
  }

  private Catalogue records() throws IOException {
    return switch (catalogue) {
      case "file" -> FileCatalogue.open(directory.resolve("catalogue"));
      case "sqlite" -> JdbcCatalogue.open("jdbc:sqlite:" + directory.resolve("catalogue.db"));
      default -> JdbcCatalogue.open(catalogue);
    };
  }

  ImageService open() throws IOException {
    return open(Clock.systemUTC());
  }

  /** Opens a service an hour later, when all uploads of services that are no more are dead. */
  ImageService openLater() throws IOException {
    return open(Clock.offset(Clock.systemUTC(), Duration.ofHours(1)));
  }

  private ImageService open(Clock clock) throws IOException {
    ServiceLimits limits = ServiceLimits.usual().hashingContent();
    return ImageService.open(records(), BlobStores.of(blobs()), limits, clock);
  }

  /** Returns how many images are there from one kill to the next, all of which are read. */
  int mostImages() {
    // Some of a bucket are larger, and come by a proxy.
    return store.isEmpty() ? 12 : 4;
  }

  /** Does not show a port, and what else differs each time. */
  @Override
  public String toString() {
    String records = catalogue.replaceAll("^jdbc:([a-z]*).*", "$1");
    return store.isEmpty() ? records : records + " and S3";
  }
}
