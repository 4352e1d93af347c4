package io.diskformat.opening;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.OpenOptions;
import io.diskformat.spi.CreateRequest;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The request to create an image, in a storage or as {@link NewFiles}. */
final class GatedCreateRequest implements CreateRequest {
  private final String name;
  private final @Nullable Storage storage;
  private final @Nullable NewFiles files;
  private final CreateOptions options;
  private final ImageOpener opener;
  private @Nullable Path parent;

  private GatedCreateRequest(
      String name,
      @Nullable Storage storage,
      @Nullable NewFiles files,
      CreateOptions options,
      ImageOpener opener) {
    this.name = name;
    this.storage = storage;
    this.files = files;
    this.options = options;
    this.opener = opener;
  }

  /** Returns a request for an image that is no file. */
  static GatedCreateRequest in(Storage storage, CreateOptions options, ImageOpener opener) {
    return new GatedCreateRequest(storage.name(), storage, null, options, opener);
  }

  /**
   * Returns a request.
   *
   * @param name the name of the image in error messages
   * @param files the files of the image
   * @param opener opens a parent to describe it
   */
  static GatedCreateRequest of(
      String name, NewFiles files, CreateOptions options, ImageOpener opener) {
    return new GatedCreateRequest(name, null, files, options, opener);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Storage storage() throws IOException {
    return files == null ? Objects.requireNonNull(storage) : files.storage();
  }

  @Override
  public CreateOptions options() {
    return options;
  }

  @Override
  public Storage newDataFile(String dataFile) throws IOException {
    if (files == null) {
      throw new IllegalArgumentException(name + ": an image that is no file can name no data file");
    }
    new NewReferences(name, options).checkNewFile(files.locate(dataFile), dataFile, files.image());
    return files.newDataFile(dataFile);
  }

  @Override
  public ImageInfo describeParent(String parentFile, String format) throws IOException {
    Path file = files == null ? Path.of(parentFile) : files.locate(parentFile);
    OpenOptions metadata = OpenOptions.readOnly().format(format).metadataOnly();
    try (Storage below = FileStorage.open(file, false, Sharing.LOCKED);
        DiskImage image = opener.open(below, metadata, References.ofTop(below, metadata))) {
      parent = file;
      return image.info();
    } catch (NoSuchFileException e) {
      throw new NoSuchFileException(
          file.toString(), null, "no such file; it is to be the parent of " + name);
    }
  }

  /** Returns the image that the new one is a difference to without recording its name. */
  Optional<Path> parent() {
    return Optional.ofNullable(parent);
  }
}
