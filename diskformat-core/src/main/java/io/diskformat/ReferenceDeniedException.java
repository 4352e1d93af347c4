package io.diskformat;

/**
 * An image refers to another file that the caller's {@link ReferencePolicy} does not allow to be
 * opened.
 */
public class ReferenceDeniedException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  private final String reference;

  /**
   * Creates an exception.
   *
   * @param image the image that holds the reference, as errors name it
   * @param kind what the reference is for, for example {@code backing file}
   * @param reference the name as the image records it
   * @param reason why it is denied, and how to allow it if it can be allowed
   */
  public ReferenceDeniedException(String image, String kind, String reference, String reason) {
    super(image + ": " + kind + " \"" + printable(reference) + "\" is not opened: " + reason);
    this.reference = reference;
  }

  /** Returns the name as the image records it. It is untrusted: do not interpret it. */
  public String reference() {
    return reference;
  }

  private static String printable(String name) {
    StringBuilder text = new StringBuilder(name.length());
    name.codePoints()
        .limit(256)
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .forEach(text::appendCodePoint);
    return text.toString();
  }
}
