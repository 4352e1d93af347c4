package io.diskformat;

/**
 * An image refers to another file that is not opened, most often because the caller did not allow
 * it.
 */
public class ReferenceDeniedException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  /** Why a file is not opened. */
  public enum Reason {
    /** The caller's {@link ReferencePolicy} does not allow it. */
    POLICY(" (OpenOptions.references)"),
    /**
     * The name is not that of a file, but a protocol string, for example. No policy can allow that.
     */
    NO_FILE_NAME(""),
    /**
     * The name leads to a directory, a device or the like. No policy can allow that, except for a
     * block device that is an extent: {@link ReferencePolicy#devices}.
     */
    NO_REGULAR_FILE(""),
    /**
     * The image records no name, and the caller's {@link ParentResolver} proposes no file that
     * matches.
     */
    NOT_FOUND(" (OpenOptions.parents)"),
    /**
     * The image records no name, and several files match. A {@link ParentResolver} can choose one.
     */
    AMBIGUOUS(" (OpenOptions.parents)");

    private final String remedy;

    Reason(String remedy) {
      this.remedy = remedy;
    }
  }

  private final String problem;
  private final String reference;
  private final Reason reason;

  /**
   * Creates an exception.
   *
   * @param image the name in error messages of the image that holds the reference
   * @param kind what the reference is for, for example {@code backing file}
   * @param reference the name as the image records it
   * @param reason why the file is not opened
   * @param explanation the reason, in words
   */
  public ReferenceDeniedException(
      String image, String kind, String reference, Reason reason, String explanation) {
    this(
        image + ": " + kind + " \"" + printable(reference) + "\" is not opened: " + explanation,
        reference,
        reason);
  }

  private ReferenceDeniedException(String problem, String reference, Reason reason) {
    super(problem + reason.remedy);
    this.problem = problem;
    this.reference = reference;
    this.reason = reason;
  }

  /** Returns the name as the image records it. It is untrusted: do not interpret it. */
  public String reference() {
    return reference;
  }

  /** Returns why the file is not opened. */
  public Reason reason() {
    return reason;
  }

  /**
   * Returns the message without the hint at the option of this library that would allow the file.
   */
  public String problem() {
    return problem;
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
