package io.diskformat;

import io.diskformat.opening.ChainOpening;
import io.diskformat.opening.Formats;
import io.diskformat.opening.ImageOpening;
import io.diskformat.opening.NewImage;
import io.diskformat.opening.Streams;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Opens, creates and recognizes disk images: the entry point of this library. All methods are safe
 * for use by many threads at once.
 */
public final class DiskImages {
  private DiskImages() {}

  /** Gives a new image its content. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes to a new image that nobody else sees yet. It reads as zeroes or, if it has a backing
     * file, as that file's disk.
     *
     * @param image open for writing; the caller of this method flushes and closes it
     * @throws IOException if the content cannot be read or written; then no image is created
     */
    void writeTo(DiskImage image) throws IOException;
  }

  /**
   * Opens an image for reading. Its format is probed, and references to other files are denied.
   *
   * @param path a regular file or a block device
   * @return the open image
   * @throws UnrecognizedFormatException if the image bears the mark of a format that is not
   *     installed, or the marks of several formats
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
   * @param path a regular file or a block device, which is written only as a raw image
   * @return the open image
   * @throws UnrecognizedFormatException if the image's format is not installed; or if the options
   *     name none and the image bears the marks of several, or bears none and is to be written
   * @throws ImageLockedException if another process or device uses the image in a way that
   *     conflicts
   * @throws ReferenceDeniedException if the image needs another file that the options do not allow
   * @throws DiskFormatException if the image cannot be opened for another reason
   * @throws IOException if the file cannot be opened or read
   */
  public static DiskImage open(Path path, OpenOptions options) throws IOException {
    return ImageOpening.open(file(path, options), options);
  }

  private static Storage file(Path path, OpenOptions options) throws IOException {
    Sharing sharing = options.isShared() ? Sharing.UNLOCKED : Sharing.LOCKED;
    return FileStorage.open(path, options.isWritable(), sharing);
  }

  /**
   * Opens an image in a storage: one that is no file, or a file that is already open.
   *
   * @param storage the image's bytes; the image that is returned owns it, and it is closed if this
   *     throws
   * @return the open image
   * @throws DiskFormatException if the image cannot be opened
   * @throws IOException if it cannot be read
   */
  public static DiskImage open(Storage storage, OpenOptions options) throws IOException {
    return ImageOpening.open(storage, options);
  }

  /**
   * Opens an image for maintenance of its file, not for access to its disk. This also opens an
   * image that is too damaged to be read or written, as long as its header is valid. Operations
   * that need the image that it is a difference to open that, as far as the options allow it. An
   * image of a format without maintenance is opened as for reading; its {@code info} works, and
   * each other operation throws {@link UnsupportedFeatureException}.
   *
   * @param path a regular file or a block device
   * @param options {@link OpenOptions#readOnly()} for a check alone, {@link OpenOptions#writable()}
   *     for operations that change the image as well
   * @return the image, open for maintenance
   * @throws UnrecognizedFormatException if the image's format is not installed; or if the options
   *     name none and the image bears the marks of several
   * @throws ImageLockedException if another process or device uses the image in a way that
   *     conflicts
   * @throws DiskFormatException if the image's header is invalid, or the image cannot be opened for
   *     another reason
   * @throws IllegalArgumentException if the options supply a {@linkplain OpenOptions#backing
   *     backing device}: check, commit and the like are of what the image records
   * @throws IOException if the file cannot be opened or read
   */
  public static ImageMaintenance maintain(Path path, OpenOptions options) throws IOException {
    return ImageOpening.maintain(file(path, options), options);
  }

  /**
   * Opens an image in a storage for maintenance, as {@link #maintain(Path, OpenOptions)} does.
   *
   * @param storage the image's bytes, writable if the options are; the object that is returned owns
   *     it, and it is closed if this throws
   * @return the image, open for maintenance
   * @throws DiskFormatException if the image's header is invalid, or the image cannot be opened for
   *     another reason
   * @throws IOException if it cannot be read
   */
  public static ImageMaintenance maintain(Storage storage, OpenOptions options) throws IOException {
    return ImageOpening.maintain(storage, options);
  }

  /**
   * Opens an image for reading over one that is anywhere below it in its chain, which is opened for
   * writing: to commit to that one what all above it hold. Other images that are differences to it,
   * or to one in between, become invalid when it is written.
   *
   * @param path the image
   * @param base the file of an image below it
   * @param options how to open the image; those below are opened as far as they allow it
   * @throws ReferenceDeniedException if the options do not allow one of the images below
   * @throws ImageLockedException if somebody else uses the base, or writes another one
   * @throws UnsupportedFeatureException if the image next above the base would not be a difference
   *     to it any longer once that was written
   * @throws DiskFormatException if the base is not below the image, or one of them cannot be opened
   * @throws IOException if a file cannot be opened or read
   */
  public static OpenChain openDownTo(Path path, Path base, OpenOptions options) throws IOException {
    return ChainOpening.open(path, base, options);
  }

  /**
   * Returns the descriptions of an image and of the images below it, the image first. Each is
   * opened by itself, one after the other and for its description alone, so that an image whose
   * disk cannot be read is described, too. The rules are those of {@link #open(Path, OpenOptions)}:
   * files that an image refers to are opened as far as the options allow it.
   *
   * @param path a regular file or a block device
   * @param options how to open the image, though only for reading; those below are opened likewise,
   *     but as the format that the image above records
   * @throws UnrecognizedFormatException if the format of one of them is not installed
   * @throws ImageLockedException if somebody is writing one of them
   * @throws ReferenceDeniedException if the options do not allow one of them
   * @throws DiskFormatException if one of them cannot be opened for another reason, the chain is
   *     too long, or it contains a circle
   * @throws IOException if a file cannot be opened or read
   */
  public static List<ImageInfo> infoChain(Path path, OpenOptions options) throws IOException {
    Sharing sharing = options.isShared() ? Sharing.UNLOCKED : Sharing.LOCKED;
    return ImageOpening.infoChain(FileStorage.open(path, false, sharing), options);
  }

  /**
   * Creates an image. Its file appears under its name only when it is complete; if this throws,
   * nothing is left of the image or of a data file that it names, and files that were there before
   * are unchanged. An interrupt that comes when the files are in their places does not make it
   * fail. Remains of an image of that name that a killed process left are removed.
   *
   * @param path where no file is, unless {@link CreateOptions#replaceExisting()} was called; for a
   *     symbolic link that leads to no file, that file is created
   * @throws IllegalArgumentException if the format does not have an option, a value is invalid, or
   *     the image would name a file that could never be opened
   * @throws java.nio.file.FileAlreadyExistsException if the file exists and is not to be replaced
   * @throws UnrecognizedFormatException if the format is not installed
   * @throws UnsupportedFeatureException if images of the format cannot be created
   * @throws ImageLockedException if the file to be replaced is in use
   * @throws IOException if the image cannot be written
   */
  public static void create(Path path, CreateOptions options) throws IOException {
    try (NewImage image = NewImage.create(path, options)) {
      image.commit();
    }
  }

  /**
   * Creates an image and fills it. Its file appears under its name only when its content is
   * complete and durable; if this throws, nothing is left of the image or of a data file that it
   * names, and files that were there before are unchanged.
   *
   * @param path as in {@link #create(Path, CreateOptions)}
   * @param content writes the content of the disk
   * @throws IllegalArgumentException if the format does not have an option, a value is invalid, or
   *     the image would name a file that could never be opened
   * @throws java.nio.file.FileAlreadyExistsException if the file exists and is not to be replaced
   * @throws UnrecognizedFormatException if the format is not installed
   * @throws UnsupportedFeatureException if images of the format cannot be created
   * @throws ImageLockedException if the file to be replaced is in use
   * @throws ReferenceDeniedException if the image names a file that the options do not allow
   * @throws IOException if the content cannot be read or the image cannot be written
   */
  public static void create(Path path, CreateOptions options, Content content) throws IOException {
    try (NewImage made = NewImage.create(path, options)) {
      DiskImage image = made.open();
      try {
        content.writeTo(image);
      } catch (IOException | RuntimeException | Error e) {
        abandon(made, image, e);
        throw e;
      }
      image.close();
      made.commit();
    }
  }

  /** Closes an image without making its content durable, which may take long. */
  private static void abandon(NewImage made, DiskImage image, Throwable failure) {
    try {
      made.close();
      image.close();
    } catch (ImageClosedException e) {
      // Expected, as its file is already closed.
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Creates an image in one pass, as some images can only be written ({@link #needsOnePass}). Its
   * file appears under its name only when it is complete and durable; if this throws, nothing is
   * left of it, and a file that was there before is unchanged.
   *
   * @param path as in {@link #create(Path, CreateOptions)}
   * @param content writes the units of the disk
   * @throws IllegalArgumentException if the format does not have an option, or a value is invalid
   * @throws java.nio.file.FileAlreadyExistsException if the file exists and is not to be replaced
   * @throws UnrecognizedFormatException if the format is not installed
   * @throws UnsupportedFeatureException if such images cannot be written in one pass
   * @throws ImageLockedException if the file to be replaced is in use
   * @throws IOException if the content cannot be read or the image cannot be written
   */
  public static void createInOnePass(Path path, CreateOptions options, ImageOutput.Content content)
      throws IOException {
    try (NewImage made = NewImage.createInOnePass(path, options, content)) {
      made.commit();
    }
  }

  /**
   * Returns whether an image with some options can only be written in one pass, by {@link
   * #createInOnePass} or {@link #output}. Another image of its format may be opened and written.
   *
   * @throws IllegalArgumentException if the value of an option is invalid
   * @throws UnrecognizedFormatException if the format is not installed
   */
  public static boolean needsOnePass(CreateOptions options) throws UnrecognizedFormatException {
    return Streams.areNeededFor(options);
  }

  /**
   * Begins to write a new image in one pass, from its first byte to its last, to a channel, which
   * stays open. What a reader gets of an image that is not {@linkplain ImageOutput#finish()
   * finished} is incomplete, and it finds that out.
   *
   * @param channel in blocking mode
   * @param name the name of the channel in error messages
   * @param options their size is that of the disk
   * @return the new image
   * @throws IllegalArgumentException if the format does not have an option, or a value is invalid
   * @throws UnrecognizedFormatException if the format is not installed
   * @throws UnsupportedFeatureException if such images cannot be written in one pass
   * @throws IOException if the channel cannot be written
   */
  public static ImageOutput output(WritableByteChannel channel, String name, CreateOptions options)
      throws IOException {
    return output(channel, name, options, false);
  }

  /**
   * Begins to write a new image in one pass, as {@link #output(WritableByteChannel, String,
   * CreateOptions)} does, whose units are compressed or not where the format leaves the choice.
   *
   * @throws UnsupportedFeatureException if such images cannot be written in one pass, or compressed
   * @throws IOException if the channel cannot be written
   */
  public static ImageOutput output(
      WritableByteChannel channel, String name, CreateOptions options, boolean compressed)
      throws IOException {
    return Streams.output(channel, name, options, compressed);
  }

  /**
   * Begins to read an image in one pass, from its first byte to its last, from a channel, which
   * stays open. Its format is probed unless the options name it.
   *
   * @param channel in blocking mode, and at the image's first byte
   * @param name the name of the channel in error messages
   * @param options for their format alone: an image that needs another file cannot be read so
   * @return the image, of which no unit has been read
   * @throws UnrecognizedFormatException if the image is of no format that is installed
   * @throws UnsupportedFeatureException if such images can only be read from a file
   * @throws DiskFormatException if the image cannot be read for another reason
   * @throws IOException if the channel cannot be read
   */
  public static ImageInput input(ReadableByteChannel channel, String name, OpenOptions options)
      throws IOException {
    return Streams.input(channel, name, options);
  }

  /**
   * Creates an image in an empty storage, which stays open.
   *
   * @throws IllegalArgumentException if the format does not have an option, a value is invalid, or
   *     the storage is not empty
   * @throws UnrecognizedFormatException if the format is not installed
   * @throws UnsupportedFeatureException if images of the format cannot be created
   * @throws IOException if the image cannot be written
   */
  public static void create(Storage storage, CreateOptions options) throws IOException {
    if (storage.size() != 0) {
      throw new IllegalArgumentException(storage.name() + ": not empty");
    }
    NewImage.createIn(storage, options);
  }

  /**
   * Returns how large the file of a new image would be, whose disk holds nothing yet.
   *
   * @param options of the new image, with its size
   * @throws IllegalArgumentException if the format does not have an option, or a value is invalid
   * @throws UnrecognizedFormatException if the format is not installed
   * @throws UnsupportedFeatureException if that is not known of images of the format
   * @throws IOException if a file that the options name cannot be read
   */
  public static Measurement measure(CreateOptions options) throws IOException {
    return NewImage.measure(options, null);
  }

  /**
   * Returns how large the file of a new image would be that holds the same as a disk. The disk's
   * content is not read, only where it has data.
   *
   * @param source an open image, or any other device
   * @param options of the new image; their size is ignored, and the source's is used
   * @throws IllegalArgumentException if the format does not have an option, or a value is invalid
   * @throws UnrecognizedFormatException if the format is not installed
   * @throws UnsupportedFeatureException if that is not known of images of the format
   * @throws IOException if the source cannot be read
   */
  public static Measurement measure(BlockDevice source, CreateOptions options) throws IOException {
    return NewImage.measure(options, source);
  }

  /**
   * Returns the name of the format whose mark an image bears, or empty if it bears none, as is
   * normal for a raw disk. The format need not be {@linkplain #formats() installed}. A raw disk
   * bears whatever mark its content holds, and so any that a guest writes to it.
   *
   * @throws UnrecognizedFormatException if it bears the marks of several formats
   * @throws IOException if the file cannot be opened or read
   */
  public static Optional<String> probe(Path path) throws IOException {
    try (Storage storage = FileStorage.open(path, false, Sharing.UNLOCKED)) {
      return Formats.probe(storage);
    }
  }

  /**
   * Returns where the name of a backing file leads, whether or not there is such a file; or empty
   * if no file of such a name is ever opened. A relative name is relative to the image.
   *
   * @param image the file of the image that records the name, or is to record it
   * @param name a plain name, one that begins with {@code file:}, or a {@code json:} that says a
   *     plain file and its format and nothing else
   */
  public static Optional<Path> locateBacking(Path image, String name) {
    return ImageOpening.locateBacking(image, name);
  }

  /** Returns the names of the installed formats. */
  public static List<String> formats() {
    return Formats.names();
  }

  /**
   * Returns the options that new images of a format can be created with, in alphabetical order.
   *
   * @param format as {@link #formats()} lists it
   * @throws UnrecognizedFormatException if it is not installed
   */
  public static List<FormatOption> options(String format) throws UnrecognizedFormatException {
    return Formats.named(format).options();
  }
}
