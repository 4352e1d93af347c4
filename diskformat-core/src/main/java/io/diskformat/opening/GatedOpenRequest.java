package io.diskformat.opening;

import io.diskformat.DiskImage;
import io.diskformat.OpenOptions;
import io.diskformat.ParentIdentity;
import io.diskformat.Reference;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The request to open an image; files that it refers to are opened through {@link References}. */
final class GatedOpenRequest implements OpenRequest {
  private final Storage storage;
  private final OpenOptions options;
  private final References references;
  private final ImageOpener opener;

  /**
   * Creates a request.
   *
   * @param opener opens the images below
   */
  GatedOpenRequest(
      Storage storage, OpenOptions options, References references, ImageOpener opener) {
    this.storage = storage;
    this.options = options;
    this.references = references;
    this.opener = opener;
  }

  @Override
  public Storage storage() {
    return storage;
  }

  @Override
  public OpenOptions options() {
    return options;
  }

  @Override
  public OpenRequest forReading() {
    return new GatedOpenRequest(storage, options.reading(), references, opener);
  }

  @Override
  public DiskImage openBacking(String name, Optional<String> format) throws IOException {
    return opener.open(references.backing(name, format, false));
  }

  @Override
  public DiskImage openBackingForWriting(String name, Optional<String> format) throws IOException {
    return opener.open(references.backing(name, format, true));
  }

  @Override
  public DiskImage openParent(ParentIdentity parent) throws IOException {
    return opener.open(new ParentChoice(parent, references, opener).open(false));
  }

  @Override
  public DiskImage openParentForWriting(ParentIdentity parent) throws IOException {
    return opener.open(new ParentChoice(parent, references, opener).open(true));
  }

  @Override
  public Storage openData(String name) throws IOException {
    return references.openStorage(Reference.Kind.DATA_FILE, name, options.isWritable());
  }

  @Override
  public Storage openExtent(String name, boolean writable) throws IOException {
    return references.openStorage(Reference.Kind.EXTENT, name, writable && options.isWritable());
  }

  @Override
  public Optional<Path> locate(String name) {
    return references.locate(name);
  }
}
