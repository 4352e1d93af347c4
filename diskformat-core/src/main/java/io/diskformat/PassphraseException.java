package io.diskformat;

/** An encrypted image cannot be read, because its passphrase is not known. */
public class PassphraseException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  /** Why it is not known. */
  public enum Reason {
    /** None was supplied, though one is needed. */
    MISSING,
    /** What was supplied opens none of the image's keys. */
    WRONG
  }

  private final Reason reason;

  /**
   * Creates an exception.
   *
   * @param image the name of the image in error messages
   */
  public PassphraseException(String image, Reason reason) {
    super(
        image
            + switch (reason) {
              case MISSING -> ": is encrypted, and no passphrase was supplied";
              case WRONG -> ": is encrypted, and the passphrase is not right";
            });
    this.reason = reason;
  }

  /** Returns whether the passphrase is missing or wrong. */
  public Reason reason() {
    return reason;
  }
}
