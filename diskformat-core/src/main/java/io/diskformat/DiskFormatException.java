package io.diskformat;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An image cannot be used: it is malformed, unsupported, in use, or refers to what may not be
 * opened. The message is one sentence: which file, which structure, what was found, what was
 * expected.
 *
 * <p>Nothing in an image, however malformed, leads to any other kind of failure.
 */
public class DiskFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a one-sentence message that names the file. */
  public DiskFormatException(String message) {
    super(message);
  }

  /** Creates an exception with a one-sentence message that names the file, and a cause. */
  public DiskFormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
