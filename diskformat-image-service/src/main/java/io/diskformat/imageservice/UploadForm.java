package io.diskformat.imageservice;

import org.jspecify.annotations.Nullable;

/**
 * In which form data comes, if it is not to be stored as it comes.
 *
 * @param isCompressed whether it is compressed with gzip
 * @param format of the image that comes, from which it is converted to the image's own format; null
 *     if it is not converted
 */
public record UploadForm(boolean isCompressed, @Nullable String format) {
  /** Returns whether data is stored as it comes. */
  public boolean isPlain() {
    return !isCompressed && format == null;
  }
}
