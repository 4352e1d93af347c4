package io.diskformat.opening;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.ImageOutput;
import io.diskformat.Measurement;
import io.diskformat.OpenOptions;
import io.diskformat.ParentProposal;
import io.diskformat.ParentResolver;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.spi.DiskFormat;
import io.diskformat.spi.MeasureRequest;
import io.diskformat.spi.OutputRequest;
import io.diskformat.storage.Storage;
import io.diskformat.storage.StorageOutput;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A new image and the files that are created with it. Unless {@link #commit()} succeeded, closing
 * deletes them, and files that were there before are unchanged.
 */
public final class NewImage implements Closeable {
  private final Path path;
  private final CreateOptions options;
  private final NewFiles files;
  private final GatedCreateRequest request;

  private NewImage(Path path, CreateOptions options) {
    this.path = path;
    this.options = options;
    this.files = new NewFiles(path, options.replacesExisting());
    this.request = GatedCreateRequest.of(path.toString(), files, options, ImageOpening::open);
  }

  /**
   * Writes a new, empty image.
   *
   * @param path its final path
   * @return the new image, which is not yet committed
   * @throws IllegalArgumentException if an option is unknown or invalid, or the image would name a
   *     file that no image is ever opened with
   * @throws java.nio.file.FileAlreadyExistsException if the file exists and is not to be replaced
   * @throws io.diskformat.ImageLockedException if a file to be replaced is in use
   * @throws IOException if it cannot be written
   */
  public static NewImage create(Path path, CreateOptions options) throws IOException {
    check(path.toString(), options).checkFiles(path);
    NewImage image = new NewImage(path, options);
    boolean created = false;
    try {
      Formats.named(options.format()).create(image.request);
      created = true;
      return image;
    } finally {
      if (!created) {
        image.close();
      }
    }
  }

  /**
   * Writes a new image in one pass.
   *
   * @param path its final path
   * @param content writes the units of the disk
   * @return the new image, which is complete and not yet committed
   * @throws IllegalArgumentException if an option is unknown or invalid
   * @throws java.nio.file.FileAlreadyExistsException if the file exists and is not to be replaced
   * @throws io.diskformat.ImageLockedException if a file to be replaced is in use
   * @throws IOException if the content cannot be read or the image cannot be written
   */
  public static NewImage createInOnePass(
      Path path, CreateOptions options, ImageOutput.Content content) throws IOException {
    check(path.toString(), options).checkFiles(path);
    NewImage image = new NewImage(path, options);
    boolean created = false;
    OutputRequest output =
        new OutputRequest(path.toString(), new StorageOutput(image.files::storage), options, true);
    try (ImageOutput written = Formats.named(options.format()).output(output)) {
      content.writeTo(written);
      written.finish();
      created = true;
      return image;
    } finally {
      if (!created) {
        image.close();
      }
    }
  }

  /**
   * Writes a new, empty image to an empty storage.
   *
   * @throws IllegalArgumentException if an option of the format is unknown or invalid, or the image
   *     would name a file that no image is ever opened with
   * @throws IOException if it cannot be written
   */
  public static void createIn(Storage storage, CreateOptions options) throws IOException {
    NewReferences _ = check(storage.name(), options);
    Formats.named(options.format())
        .create(GatedCreateRequest.in(storage, options, ImageOpening::open));
  }

  /**
   * Returns how large the file of a new image would be.
   *
   * @param source the disk that it is to hold, or null for one that holds nothing
   * @throws IllegalArgumentException if an option of the format is unknown or invalid
   * @throws IOException if the source cannot be read
   */
  public static Measurement measure(CreateOptions options, @Nullable BlockDevice source)
      throws IOException {
    DiskFormat format = Formats.named(options.format());
    String name = "new " + format.name() + " image";
    OptionCheck.check(name, format, options);
    return format.measure(new MeasureRequest(name, options, source));
  }

  /**
   * Refuses, before any file is created, options that the format does not declare, and names that
   * opening the image would refuse.
   *
   * @param image its name in error messages
   */
  static NewReferences check(String image, CreateOptions options)
      throws UnrecognizedFormatException {
    OptionCheck.check(image, Formats.named(options.format()), options);
    NewReferences references = new NewReferences(image, options);
    references.checkNames();
    return references;
  }

  /**
   * Opens the image for writing, to give it its content. Closing it closes its files; that may
   * happen before {@link #commit()}.
   *
   * @return the open image
   * @throws io.diskformat.ReferenceDeniedException if the image is a difference to one that the
   *     options do not allow to be opened
   * @throws IOException if it cannot be opened
   */
  public DiskImage open() throws IOException {
    OpenOptions opening =
        OpenOptions.writable()
            .format(options.format())
            .references(options.references())
            .parents(parents());
    if (options.secret().isPresent()) {
      opening = opening.secret(options.secret().get());
    }
    Storage storage = files.storage();
    DiskImage image =
        ImageOpening.open(
            storage, opening, References.ofNew(path, storage, opening, files.dataFiles()));
    if (!Formats.named(options.format()).newImagesReadZeroes()) {
      zero(image);
    }
    return image;
  }

  private static void zero(DiskImage image) throws IOException {
    try {
      image.writeZeroes(0, image.size());
    } catch (IOException | RuntimeException e) {
      try (image) {
        throw e;
      }
    }
  }

  /**
   * Returns a resolver that proposes, as the parent of the image itself, the one that the caller
   * named.
   */
  private ParentResolver parents() {
    ParentResolver others = options.parents();
    Optional<Path> parent = request.parent();
    if (parent.isEmpty()) {
      return others;
    }
    ParentProposal named = ParentProposal.file(parent.get());
    Path self = path.toAbsolutePath();
    return (wanted, child) -> child.equals(self) ? named : others.find(wanted, child);
  }

  /**
   * Makes all files durable and gives them their names.
   *
   * @throws IOException if that fails; then none has its name, and files that were there before are
   *     unchanged
   */
  public void commit() throws IOException {
    files.commit();
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
