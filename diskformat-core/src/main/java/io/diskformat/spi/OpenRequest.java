package io.diskformat.spi;

import io.diskformat.DiskImage;
import io.diskformat.OpenOptions;
import io.diskformat.ParentIdentity;
import io.diskformat.Reference;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An image about to be opened, and the only way for its format to reach other files: what the image
 * refers to is opened here, under the caller's {@link io.diskformat.ReferencePolicy}, or not at
 * all.
 */
public final class OpenRequest {
  private final Storage storage;
  private final OpenOptions options;
  private final References references;

  OpenRequest(Storage storage, OpenOptions options, References references) {
    this.storage = storage;
    this.options = options;
    this.references = references;
  }

  /** Returns the bytes of the image. */
  public Storage storage() {
    return storage;
  }

  /** Returns how the image is to be opened. */
  public OpenOptions options() {
    return options;
  }

  /**
   * Opens the image that this one is a difference to, for reading only.
   *
   * @param name as this image records it
   * @param format the format that this image records for it, or empty to probe
   * @throws io.diskformat.ReferenceDeniedException if the policy does not allow it, or the name is
   *     none that is ever opened
   * @throws io.diskformat.DiskFormatException if it cannot be opened as an image, the chain of
   *     images is too long, or comes back to an image that is already in it
   * @throws IOException if it cannot be read
   */
  public DiskImage openBacking(String name, Optional<String> format) throws IOException {
    return references.openImage(Reference.Kind.BACKING_FILE, name, format, false);
  }

  /**
   * Opens the image that this one is a difference to, for reading and writing, which needs that
   * nobody has it open. For a commit alone: whoever else is based on it loses that.
   *
   * @param name as this image records it
   * @param format the format that this image records for it, or empty to probe
   * @throws io.diskformat.ReferenceDeniedException if the policy does not allow it, or the name is
   *     none that is ever opened
   * @throws io.diskformat.ImageLockedException if somebody has it open
   * @throws io.diskformat.DiskFormatException if it cannot be opened as an image, the chain of
   *     images is too long, or comes back to an image that is already in it
   * @throws IOException if it cannot be opened
   */
  public DiskImage openBackingForWriting(String name, Optional<String> format) throws IOException {
    return references.openImage(Reference.Kind.BACKING_FILE, name, format, true);
  }

  /**
   * Opens the image that this one is a difference to, for reading only, where this one records who
   * that is but not where.
   *
   * @throws io.diskformat.ReferenceDeniedException if the caller's {@link
   *     io.diskformat.ParentResolver} does not find it
   * @throws io.diskformat.DiskFormatException if it cannot be opened as an image, the chain of
   *     images is too long, or comes back to an image that is already in it
   * @throws IOException if it cannot be read
   */
  public DiskImage openParent(ParentIdentity parent) throws IOException {
    return references.openParent(parent, false);
  }

  /**
   * Opens the image that this one is a difference to, as {@link #openParent}, for reading and
   * writing, which needs that nobody has it open.
   *
   * @throws io.diskformat.ImageLockedException if somebody has it open
   */
  public DiskImage openParentForWriting(ParentIdentity parent) throws IOException {
    return references.openParent(parent, true);
  }

  /**
   * Opens a file of bytes that this image names, with the image's own access.
   *
   * @throws io.diskformat.ReferenceDeniedException if the policy does not allow it, or the name is
   *     none that is ever opened
   * @throws IOException if it cannot be opened
   */
  public Storage openData(String name) throws IOException {
    return references.openStorage(Reference.Kind.DATA_FILE, name, options.isWritable());
  }

  /** Returns where a name leads, without looking whether there is such a file. */
  public Optional<Path> locate(String name) {
    return references.locate(name);
  }
}
