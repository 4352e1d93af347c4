package io.diskformat;

import org.jspecify.annotations.Nullable;

/** A structure of the image contradicts the format's specification or the file's own length. */
public class CorruptImageException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  private final String structure;
  private final long position;
  private final String problem;

  /**
   * Creates an exception.
   *
   * @param image the name of the image in error messages
   * @param structure the structure at fault, for example {@code L2 table}
   * @param position where that structure begins in the file, in bytes, or -1 if it has none
   * @param problem what was found and what was expected
   */
  public CorruptImageException(String image, String structure, long position, String problem) {
    this(image, structure, position, problem, null);
  }

  /** Creates an exception with a cause. The other parameters are those of the other constructor. */
  public CorruptImageException(
      String image, String structure, long position, String problem, @Nullable Throwable cause) {
    super(
        image + ": " + structure + (position < 0 ? "" : " at offset " + position) + ": " + problem,
        cause);
    this.structure = structure;
    this.position = position;
    this.problem = problem;
  }

  /** Returns the structure at fault, for example {@code L2 table}. */
  public String structure() {
    return structure;
  }

  /**
   * Returns the position at which the structure begins in the file, in bytes, or -1 if it has none.
   */
  public long position() {
    return position;
  }

  /** Returns what was found and what was expected, without the name of the image. */
  public String problem() {
    return problem;
  }
}
