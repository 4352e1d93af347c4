package io.diskformat;

/** The format of an image cannot be determined, or is not installed. */
public class UnrecognizedFormatException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a one-sentence message that names the file. */
  public UnrecognizedFormatException(String message) {
    super(message);
  }
}
