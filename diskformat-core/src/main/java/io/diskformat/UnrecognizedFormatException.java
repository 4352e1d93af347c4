package io.diskformat;

/**
 * No installed format recognizes the image, or none of the name that was asked for is installed.
 */
public class UnrecognizedFormatException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a one-sentence message that names the file. */
  public UnrecognizedFormatException(String message) {
    super(message);
  }
}
