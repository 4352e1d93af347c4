package io.diskformat;

/**
 * An image goes beyond a limit that its caller set ({@link Limits}); {@link #limit()} says which. The
 * image need not be malformed.
 */
public class LimitExceededException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  private final Limit limit;

  /** The limits that a caller can set. */
  public enum Limit {
    /** {@link Limits#largestDisk}. */
    DISK,
    /** {@link Limits#longestChain}. */
    CHAIN,
    /** {@link Limits#largestMetadata}. */
    METADATA,
    /** {@link Limits#deadline}. */
    DEADLINE
  }

  /**
   * Creates an exception.
   *
   * @param image the name of the image in error messages
   * @param problem what goes beyond the limit, and what is allowed
   */
  public LimitExceededException(String image, Limit limit, String problem) {
    super(image + ": " + problem);
    this.limit = limit;
  }

  /** Returns which limit it is. */
  public Limit limit() {
    return limit;
  }
}
