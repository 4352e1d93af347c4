package io.diskformat;

import io.diskformat.spi.Formats;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.storage.NewFile;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The way in: opens, creates and recognizes disk images. */
public final class DiskImages {
  private DiskImages() {}

  /** Gives a new image its content. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes to an image that nobody else sees yet. It reads as zeroes or, if it has a backing
     * file, as that.
     *
     * @param image open for writing; it is flushed and closed by whoever calls this
     * @throws IOException if that fails; then no image is made
     */
    void writeTo(DiskImage image) throws IOException;
  }

  /**
   * Opens an image for reading, its format probed and its references denied.
   *
   * @param path a regular file
   * @throws UnrecognizedFormatException if the image's format is not installed
   * @throws ImageLockedException if somebody is writing the image
   * @throws ReferenceDeniedException if the image needs another file
   * @throws DiskFormatException if the image cannot be opened for another reason
   * @throws IOException if the file cannot be opened or read
   */
  public static DiskImage open(Path path) throws IOException {
    return open(path, OpenOptions.readOnly());
  }

  /**
   * Opens an image.
   *
   * @param path a regular file
   * @throws UnrecognizedFormatException if the image's format is not installed, or is not
   *     recognized and the image is to be written
   * @throws ImageLockedException if another process or device uses the image in a way that
   *     conflicts
   * @throws ReferenceDeniedException if the image needs another file that the options do not allow
   * @throws DiskFormatException if the image cannot be opened for another reason
   * @throws IOException if the file cannot be opened or read
   */
  public static DiskImage open(Path path, OpenOptions options) throws IOException {
    Sharing sharing = options.isShared() ? Sharing.UNLOCKED : Sharing.LOCKED;
    boolean writable = options.isWritable() || options.isMaintenance();
    return Formats.open(FileStorage.open(path, writable, sharing), options);
  }

  /**
   * Opens an image that is not a file, or is one that is already open.
   *
   * @param storage the image's bytes; the image that is returned owns it, and it is closed if this
   *     throws
   * @throws DiskFormatException if the image cannot be opened
   * @throws IOException if it cannot be read
   */
  public static DiskImage open(Storage storage, OpenOptions options) throws IOException {
    return Formats.open(storage, options);
  }

  /**
   * Creates an image. A file that looks like one is there only once this has returned.
   *
   * @param path where no file is, unless {@link CreateOptions#replaceExisting()} was asked for
   * @throws IllegalArgumentException if the format has no such option, or a value makes no sense
   * @throws java.nio.file.FileAlreadyExistsException if there is a file
   * @throws UnrecognizedFormatException if the format is not installed
   * @throws UnsupportedFeatureException if the format cannot be created
   * @throws ImageLockedException if the file to be replaced is in use
   * @throws IOException if the image cannot be written
   */
  public static void create(Path path, CreateOptions options) throws IOException {
    try (NewFile file = NewFile.beside(path, options.replacesExisting())) {
      Formats.create(file.storage(), options);
      file.commit();
    }
  }

  /**
   * Creates an image and fills it. A file of that name is there only once this has returned, its
   * content complete and durable; if it throws, nothing is left.
   *
   * @param path where no file is, unless {@link CreateOptions#replaceExisting()} was asked for
   * @throws IllegalArgumentException if the format has no such option, or a value makes no sense
   * @throws java.nio.file.FileAlreadyExistsException if there is a file
   * @throws UnrecognizedFormatException if the format is not installed
   * @throws UnsupportedFeatureException if the format cannot be created
   * @throws ImageLockedException if the file to be replaced is in use
   * @throws ReferenceDeniedException if the image names a file that the options do not allow
   * @throws IOException if the content cannot be had or the image cannot be written
   */
  public static void create(Path path, CreateOptions options, Content content) throws IOException {
    try (NewFile file = NewFile.beside(path, options.replacesExisting())) {
      Formats.create(file.storage(), options);
      OpenOptions opening =
          OpenOptions.writable().format(options.format()).references(options.references());
      DiskImage image = open(file.storage(), opening);
      try {
        content.writeTo(image);
      } catch (IOException | RuntimeException | Error e) {
        abandon(file, image, e);
        throw e;
      }
      image.close();
      file.commit();
    }
  }

  /** Closes an image without making what was written to it durable, which may take long. */
  private static void abandon(NewFile file, DiskImage image, Throwable failure) {
    try {
      file.close();
      image.close();
    } catch (ImageClosedException e) {
      // As is to be expected: its file is.
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Lays out an image in an empty storage, which stays open.
   *
   * @throws IllegalArgumentException if the format has no such option, a value makes no sense, or
   *     the storage is not empty
   * @throws UnsupportedFeatureException if the format cannot be created
   * @throws IOException if the image cannot be written
   */
  public static void create(Storage storage, CreateOptions options) throws IOException {
    if (storage.size() != 0) {
      throw new IllegalArgumentException(storage.name() + ": not empty");
    }
    Formats.create(storage, options);
  }

  /**
   * Returns the name of the format whose mark an image bears, or empty if it bears none, as a raw
   * disk does. Whoever controls the contents of a raw disk can make it bear any mark.
   *
   * @throws IOException if the file cannot be opened or read
   */
  public static Optional<String> probe(Path path) throws IOException {
    try (Storage storage = FileStorage.open(path, false, Sharing.UNLOCKED)) {
      return Formats.probe(storage);
    }
  }

  /** Returns the names of the installed formats. */
  public static List<String> formats() {
    return Formats.names();
  }
}
