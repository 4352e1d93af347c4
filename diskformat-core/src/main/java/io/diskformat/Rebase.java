package io.diskformat;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The image that another is to be a difference to from now on, and how to get there: see {@link
 * ImageMaintenance#rebase}. Immutable: each method that changes a setting returns a new object.
 */
public final class Rebase {
  private final @Nullable String backingFile;
  private final @Nullable String format;
  private final boolean recordOnly;
  private final boolean compress;

  private Rebase(
      @Nullable String backingFile, @Nullable String format, boolean recordOnly, boolean compress) {
    this.backingFile = backingFile;
    this.format = format;
    this.recordOnly = recordOnly;
    this.compress = compress;
  }

  /**
   * Returns a rebase onto a backing file.
   *
   * @param name of the backing file, as the image is to record it: a relative one is relative to
   *     the image
   * @param format of the backing file, as {@link DiskImages#formats()} lists it
   */
  public static Rebase onto(String name, String format) {
    return new Rebase(Objects.requireNonNull(name), Objects.requireNonNull(format), false, false);
  }

  /** Returns a rebase after which the image stands alone. */
  public static Rebase ontoNothing() {
    return new Rebase(null, null, false, false);
  }

  /**
   * Returns this rebase without reading the old or the new backing file, neither of which need
   * exist: only the name is recorded (qemu-img's {@code -u}). Unless both hold the same wherever
   * the image stores nothing, this changes the content of its disk.
   */
  public Rebase recordOnly() {
    return new Rebase(backingFile, format, true, compress);
  }

  /** Returns this rebase with whole clusters that are written compressed. */
  public Rebase compress() {
    return new Rebase(backingFile, format, recordOnly, true);
  }

  /** Returns the name of the new backing file, or empty if there is to be none. */
  public Optional<String> backingFile() {
    return Optional.ofNullable(backingFile);
  }

  /** Returns the format of the new backing file, or empty if there is to be none. */
  public Optional<String> format() {
    return Optional.ofNullable(format);
  }

  /** Returns whether only the name is recorded. */
  public boolean isRecordOnly() {
    return recordOnly;
  }

  /** Returns whether whole clusters are written compressed. */
  public boolean isCompressed() {
    return compress;
  }
}
