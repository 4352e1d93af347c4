package io.diskformat;

/** Another process, or another open device of this one, uses the image in a way that conflicts. */
public class ImageLockedException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a one-sentence message that names the file. */
  public ImageLockedException(String message) {
    super(message);
  }
}
