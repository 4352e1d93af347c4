package io.diskformat;

import org.jspecify.annotations.Nullable;

/** A structure of the image contradicts the format's specification or the file's own length. */
public class CorruptImageException extends DiskFormatException {
  private static final long serialVersionUID = 1L;

  private final String structure;
  private final long fileOffset;

  /**
   * Creates an exception.
   *
   * @param image the image, as errors name it
   * @param structure the structure at fault, for example {@code L2 table}
   * @param fileOffset where that structure begins in the file, in bytes, or -1 if nowhere
   * @param problem what was found and what was expected
   */
  public CorruptImageException(String image, String structure, long fileOffset, String problem) {
    this(image, structure, fileOffset, problem, null);
  }

  /** As the other constructor, with what led to the exception. */
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
  }

  /** Returns the structure at fault, for example {@code L2 table}. */
  public String structure() {
    return structure;
  }

  /** Returns where the structure begins in the file, in bytes, or -1 if it has no place there. */
  public long fileOffset() {
    return fileOffset;
  }
}
