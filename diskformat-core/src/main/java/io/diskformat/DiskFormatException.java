package io.diskformat;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An image could not be used as what it was taken for. The message is one sentence: which file,
 * which structure, what was found, what was expected.
 *
 * <p>Nothing in an image, however malformed, leads to any other kind of failure.
 */
public class DiskFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a one-sentence message that names the file. */
  public DiskFormatException(String message) {
    super(message);
  }

  /** Creates an exception with a one-sentence message that names the file, and what led to it. */
  public DiskFormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
