package io.diskformat.layer;

/** The map of an image that was opened for its metadata only: its disk cannot be read. */
public final class UnopenedMap extends GuestMap {
  private final String image;

  /**
   * Creates the map.
   *
   * @param image the name of the image in error messages
   * @param unit any power of two, in bytes
   */
  public UnopenedMap(String image, long unit) {
    super(unit, unit);
    this.image = image;
  }

  @Override
  public long locate(long offset) {
    throw new UnsupportedOperationException(image + ": opened for its metadata only");
  }
}
