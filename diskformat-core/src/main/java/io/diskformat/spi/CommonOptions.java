package io.diskformat.spi;

import io.diskformat.FormatOption;
import java.util.List;

/** The options for new images that several formats have, each with one name and one wording. */
public final class CommonOptions {

  /** How much of a disk is allocated in the file, or on the host, when an image is created. */
  public enum Preallocation {
    /** Nothing is allocated. */
    OFF,
    /** All of it is allocated in the file, for which the host need not reserve space. */
    METADATA,
    /** All of it is allocated in the file, for which the host reserves space. */
    FALLOC,
    /** All of it is allocated in the file and written with zeroes. */
    FULL
  }

  private static final String FORMAT = "backing_fmt";
  private static final String FORMAT_MEANING = "The format of that image";

  /** The name of the image that the new one is a difference to. */
  public static final FormatOption BACKING_FILE =
      FormatOption.text("backing_file", "The image that the new one is a difference to");

  /** The format of that image. It is refused where {@link #BACKING_FILE} is not given. */
  public static final FormatOption BACKING_FORMAT = FormatOption.text(FORMAT, FORMAT_MEANING);

  private CommonOptions() {}

  /**
   * Returns {@link #BACKING_FORMAT} for a format whose parents can be of one format only.
   *
   * @param only that format
   */
  public static FormatOption backingFormat(String only) {
    return FormatOption.choice(FORMAT, FORMAT_MEANING, only, only);
  }

  /**
   * Returns the option that chooses a {@link Preallocation}; {@link Preallocation#OFF} by default.
   *
   * @param more the other values that the format supports
   */
  public static FormatOption preallocation(Preallocation... more) {
    return FormatOption.choice(
        "preallocation",
        "What of the disk gets its place at once",
        Preallocation.OFF,
        List.of(more));
  }
}
