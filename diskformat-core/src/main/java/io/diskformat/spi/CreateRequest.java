package io.diskformat.spi;

import io.diskformat.CreateOptions;
import io.diskformat.ImageInfo;
import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * A request to create an image, and the only way for its format to create other files, or to read
 * those that the caller named. All files get their names together, once the image is complete.
 */
public interface CreateRequest {
  /** Returns the name used in error messages. */
  String name();

  /**
   * Returns the storage to write the image to. It is empty, and the caller of the format closes it.
   * Refuse invalid options before you call this: a file that cannot be replaced, and so is written
   * in place, loses its content by this call.
   *
   * @throws java.nio.file.FileAlreadyExistsException if the file exists and is not to be replaced
   * @throws io.diskformat.ImageLockedException if the file to be replaced is in use
   * @throws IOException if the file cannot be created
   */
  Storage storage() throws IOException;

  /** Returns the options for the new image. */
  CreateOptions options();

  /**
   * Creates a data file that the image names.
   *
   * @param dataFile its name as the image records it
   * @return the storage to write it to; it is empty, and the caller of the format closes it
   * @throws IllegalArgumentException if the image is no file, so that the name would lead nowhere
   * @throws java.nio.file.FileAlreadyExistsException if the file exists and is not to be replaced
   * @throws io.diskformat.ImageLockedException if the file to be replaced is in use
   * @throws IOException if the file cannot be created
   */
  Storage newDataFile(String dataFile) throws IOException;

  /**
   * Returns the description of the parent, where the new image records its parent's UUIDs and not
   * its name. The caller named it in the options, so no policy is asked; files that it refers to
   * are not opened.
   *
   * @param parentFile the parent's file as the caller gave it, relative to the new image
   * @param format the format of the parent
   * @throws io.diskformat.DiskFormatException if it is no image of that format
   * @throws IOException if it cannot be read
   */
  ImageInfo describeParent(String parentFile, String format) throws IOException;
}
