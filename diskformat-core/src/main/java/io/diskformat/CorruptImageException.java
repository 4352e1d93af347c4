package io.diskformat;

import org.jspecify.annotations.Nullable;

/** A structure of the image contradicts the format's specification or the file's own length. */
public class CorruptImageException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  private final String structure;
  private final long fileOffset;
  private final String problem;

  /**
   * Creates an exception.
   *
   * @param image the name of the image in error messages
   * @param structure the structure at fault, for example {@code L2 table}
   * @param fileOffset the position at which that structure begins in the file, in bytes, or -1 if
   *     it has none
   * @param problem what was found and what was expected
   */
  public CorruptImageException(String image, String structure, long fileOffset, String problem) {
    this(image, structure, fileOffset, problem, null);
  }

  /** Creates an exception with a cause. The other parameters are those of the other constructor. */
  public CorruptImageException(
      String image, String structure, long fileOffset, String problem, @Nullable Throwable cause) {
    super(
        image
            + ": "
            + structure
            + (fileOffset < 0 ? "" : " at offset " + fileOffset)
            + ": "
            + problem,
        cause);
    this.structure = structure;
    this.fileOffset = fileOffset;
    this.problem = problem;
  }

  /** Returns the structure at fault, for example {@code L2 table}. */
  public String structure() {
    return structure;
  }

  /**
   * Returns the position at which the structure begins in the file, in bytes, or -1 if it has none.
   */
  public long fileOffset() {
    return fileOffset;
  }

  /** Returns what was found and what was expected, without the name of the image. */
  public String problem() {
    return problem;
  }
}
