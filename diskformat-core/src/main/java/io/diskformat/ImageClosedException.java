package io.diskformat;

import java.nio.channels.ClosedChannelException;

/** The device, or the image it belongs to, has been closed. */
public class ImageClosedException extends ClosedChannelException {
  private static final long serialVersionUID = 1L;

  private final String message;

  /**
   * Creates an exception.
   *
   * @param image the name of the image in error messages
   */
  public ImageClosedException(String image) {
    this.message = image + ": already closed";
  }

  @Override
  public String getMessage() {
    return message;
  }
}
