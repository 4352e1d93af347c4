package io.diskformat.testing;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A format as its proofs see it: how its images are created and opened, and what is wrong with one.
 * The latter reads the image by code of its own, which it does not share with the format.
 *
 * <p>An author extends this once for a format, and hands an instance to each {@link Proof}.
 */
public abstract class FormatUnderTest {
  private final String name;

  /**
   * Creates a description.
   *
   * @param name of the format, as {@link OpenOptions#format} takes it
   */
  protected FormatUnderTest(String name) {
    this.name = name;
  }

  /** Returns the name of the format. */
  public final String name() {
    return name;
  }

  /**
   * Creates an image whose disk reads as zeroes.
   *
   * @param file where the image is created; files that it refers to may be created beside it
   * @param layout a variant of the format, under one of the names that the format's proofs list
   * @param size of the disk, in bytes
   */
  public abstract void create(Path file, String layout, long size) throws IOException;

  /** Returns what is corrupt in an image that was perhaps not closed, or an empty string. */
  public abstract String corruption(Storage image) throws IOException;

  /**
   * Returns what is not as it should be in an image that was closed, space without an owner
   * included, or an empty string.
   */
  public abstract String problem(Storage image) throws IOException;

  /**
   * Returns options with what images of this format need: its name, and the files that they may
   * refer to.
   */
  protected OpenOptions with(OpenOptions options) {
    return options
        .format(name)
        .references(ReferencePolicy.sameDirectory())
        .parents(ParentResolver.sameDirectory());
  }

  /** Returns how images are opened for reading. */
  public final OpenOptions readOnly() {
    return with(OpenOptions.readOnly());
  }

  /** Returns how images are opened for writing, and for maintenance. */
  public final OpenOptions writable() {
    return with(OpenOptions.writable());
  }

  /**
   * Opens an image for writing; the storage stays open when the image is closed.
   *
   * @param file the path that the image is given, relative to which names in it are resolved
   */
  public final DiskImage openWritable(Storage image, Path file) throws IOException {
    return DiskImages.open(new NamedStorage(image, file), writable());
  }

  /** Returns what {@link #create} creates, in memory. */
  final PagedStorage created(Path file, String layout, long size) throws IOException {
    create(file, layout, size);
    return inMemory(file);
  }

  /** Returns a copy of a file, in memory. */
  public static PagedStorage inMemory(Path file) throws IOException {
    try (Storage content = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      return PagedStorage.copyOf(content);
    }
  }

  /** Returns {@link #problem} of a file. */
  public final String problemOf(Path file) throws IOException {
    try (Storage image = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      return problem(image);
    }
  }
}
