package io.diskformat;

/**
 * The image is well formed as far as was seen, but uses a feature that this library does not
 * support; {@link #feature()} names it.
 */
public class UnsupportedFeatureException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  private final String feature;

  /**
   * Creates an exception.
   *
   * @param image the image, as errors name it
   * @param feature the feature, by the name that its format's specification or the image gives it
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
