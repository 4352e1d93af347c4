package io.diskformat.spi;

import io.diskformat.DiskImage;
import io.diskformat.OpenOptions;
import io.diskformat.ParentIdentity;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A request to open an image, and the only way for its format to open other files: those that the
 * image refers to are opened here, under the caller's {@link io.diskformat.ReferencePolicy}, or not
 * at all.
 */
public interface OpenRequest {
  /** Returns the bytes of the image. */
  Storage storage();

  /** Returns the options for opening the image. */
  OpenOptions options();

  /**
   * Holds metadata against the caller's limit, before it is read.
   *
   * @param what it is, for an error message
   * @param bytes how large it is
   * @throws io.diskformat.LimitExceededException if it is too large
   * @throws IOException if the limit is exceeded
   */
  default void checkMetadata(String what, long bytes) throws IOException {
    options().limits().checkMetadata(storage().name(), what, bytes);
  }

  /** Returns this request for reading only. */
  OpenRequest forReading();

  /**
   * Opens the image that this one is a difference to, for reading only.
   *
   * @param name its name as this image records it
   * @param format the format that this image records for it, or empty to probe
   * @return the open image
   * @throws io.diskformat.ReferenceDeniedException if the policy does not allow it, or no file of
   *     such a name is ever opened
   * @throws io.diskformat.DiskFormatException if it cannot be opened as an image, the chain of
   *     images is too long, or comes back to an image that is already in it
   * @throws IOException if it cannot be read
   */
  DiskImage openBacking(String name, Optional<String> format) throws IOException;

  /**
   * Opens the image that this one is a difference to, for reading and writing, which requires that
   * nobody else has it open. For a commit alone: other images that are differences to it become
   * invalid.
   *
   * @param name its name as this image records it
   * @param format the format that this image records for it, or empty to probe
   * @return the open image
   * @throws io.diskformat.ReferenceDeniedException if the policy does not allow it, or no file of
   *     such a name is ever opened
   * @throws io.diskformat.ImageLockedException if somebody has it open
   * @throws io.diskformat.DiskFormatException if it cannot be opened as an image, the chain of
   *     images is too long, or comes back to an image that is already in it
   * @throws IOException if it cannot be opened
   */
  DiskImage openBackingForWriting(String name, Optional<String> format) throws IOException;

  /**
   * Opens the image that this one is a difference to, for reading only, where this one records its
   * UUIDs and not its name.
   *
   * @param parent the identity that this image records
   * @return the open image
   * @throws io.diskformat.ReferenceDeniedException if the caller's {@link
   *     io.diskformat.ParentResolver} does not find it, finds several, or the policy does not allow
   *     what it finds
   * @throws io.diskformat.DiskFormatException if it cannot be opened as an image, the chain of
   *     images is too long, or comes back to an image that is already in it
   * @throws IOException if it cannot be read
   */
  DiskImage openParent(ParentIdentity parent) throws IOException;

  /**
   * Opens the image that this one is a difference to, as {@link #openParent}, for reading and
   * writing, which requires that nobody else has it open.
   *
   * @param parent the identity that this image records
   * @return the open image
   * @throws io.diskformat.ImageLockedException if somebody has it open
   * @throws IOException if it cannot be opened
   */
  DiskImage openParentForWriting(ParentIdentity parent) throws IOException;

  /**
   * Opens a data file that this image names, for writing if the image is open for writing.
   *
   * @param name its name as this image records it
   * @return the open file
   * @throws io.diskformat.ReferenceDeniedException if the policy does not allow it, or no file of
   *     such a name is ever opened
   * @throws IOException if it cannot be opened
   */
  Storage openData(String name) throws IOException;

  /**
   * Opens a file that this image names and that holds a part of its disk. There may be several.
   *
   * @param name its name as this image records it
   * @param writable whether the part is to be written; ignored where the image itself is only read
   * @return the open file
   * @throws io.diskformat.ReferenceDeniedException if the policy does not allow it, or no file of
   *     such a name is ever opened
   * @throws IOException if it cannot be opened
   */
  Storage openExtent(String name, boolean writable) throws IOException;

  /**
   * Returns where a name leads, as the caller would spell that path, whether or not there is such a
   * file; or empty if no file of such a name is ever opened.
   *
   * @param name a name as this image records it
   */
  Optional<Path> locate(String name);
}
