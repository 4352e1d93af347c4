package io.diskformat;

/**
 * An image uses, or an operation needs, a feature that this library does not support; {@link
 * #feature()} names it. The image need not be malformed.
 */
public class UnsupportedFeatureException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  private final String feature;

  /**
   * Creates an exception.
   *
   * @param image the name of the image in error messages
   * @param feature the feature, as the format's specification or the image names it
   */
  public UnsupportedFeatureException(String image, String feature) {
    super(image + ": not supported: " + feature);
    this.feature = feature;
  }

  /** Returns the name of the feature, for example {@code qcow2 incompatible feature bit 5}. */
  public String feature() {
    return feature;
  }
}
