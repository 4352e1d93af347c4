package io.diskformat;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How an image is to be opened. Immutable: each method returns another object. */
public final class OpenOptions {

  /** What the image is opened for. */
  private enum Purpose {
    READING,
    WRITING,
    CHECKING,
    MAINTENANCE
  }

  private final Purpose purpose;
  private final @Nullable String format;
  private final ReferencePolicy references;
  private final ParentResolver parents;
  private final boolean shared;
  private final boolean metadataOnly;

  private OpenOptions(
      Purpose purpose,
      @Nullable String format,
      ReferencePolicy references,
      ParentResolver parents,
      boolean shared,
      boolean metadataOnly) {
    this.purpose = purpose;
    this.format = format;
    this.references = references;
    this.parents = parents;
    this.shared = shared;
    this.metadataOnly = metadataOnly;
  }

  private static OpenOptions forPurpose(Purpose purpose) {
    return new OpenOptions(
        purpose, null, ReferencePolicy.deny(), ParentResolver.none(), false, false);
  }

  /** Returns options for reading: format probed, references denied. */
  public static OpenOptions readOnly() {
    return forPurpose(Purpose.READING);
  }

  /** Returns options for reading and writing: format probed but never guessed to be raw. */
  public static OpenOptions writable() {
    return forPurpose(Purpose.WRITING);
  }

  /**
   * Returns options for {@link DiskImage#check} alone. The image is locked as for reading, but its
   * disk can be neither read nor written. An image that is too damaged to be read opens all the
   * same, as far as its header makes sense. What it is a difference to is opened only by the check,
   * as far as these options allow it, and the check tells what is wrong with it.
   *
   * <p>An image of a format that cannot be checked is opened as for reading.
   */
  public static OpenOptions checking() {
    return forPurpose(Purpose.CHECKING);
  }

  /**
   * Returns options for maintenance: {@link DiskImage#check}, {@link DiskImage#repair}, {@link
   * DiskImage#compact}, {@link DiskImage#commit} and {@link DiskImage#empty}, all of which have the
   * image to themselves. It is locked as for writing, but its disk can be neither read nor written.
   * An image that is too damaged to be written opens all the same, as far as its header makes
   * sense.
   */
  public static OpenOptions maintenance() {
    return forPurpose(Purpose.MAINTENANCE);
  }

  /**
   * Returns these options with the image's format named, so that it is not probed. Name the format
   * of any image whose contents somebody else controls: a guest can write whatever header it likes
   * to the start of a raw disk.
   *
   * @param format as {@link DiskImages#formats()} lists it
   */
  public OpenOptions format(String format) {
    return new OpenOptions(
        purpose, Objects.requireNonNull(format), references, parents, shared, metadataOnly);
  }

  /** Returns these options with a policy for the files that the image names. */
  public OpenOptions references(ReferencePolicy policy) {
    return new OpenOptions(
        purpose, format, Objects.requireNonNull(policy), parents, shared, metadataOnly);
  }

  /**
   * Returns these options with what finds the images that others are a difference to, where those
   * record no name that a policy could allow.
   */
  public OpenOptions parents(ParentResolver resolver) {
    return new OpenOptions(
        purpose, format, references, Objects.requireNonNull(resolver), shared, metadataOnly);
  }

  /**
   * Returns these options without the lock that keeps others from writing the image while it is
   * read or checked (qemu-img's {@code -U}). What is then read from an image in use may be
   * inconsistent. Has no effect on an open for writing or maintenance, which always locks.
   */
  public OpenOptions shared() {
    return new OpenOptions(purpose, format, references, parents, true, metadataOnly);
  }

  /**
   * Returns these options for looking at the image's own description alone: no file that it names
   * is opened, whatever the policy, and its disk cannot be read.
   */
  public OpenOptions metadataOnly() {
    return new OpenOptions(purpose, format, references, parents, shared, true);
  }

  /** Returns whether the image is to be opened for writing. */
  public boolean isWritable() {
    return purpose == Purpose.WRITING;
  }

  /** Returns whether the image is to be opened for a check alone. */
  public boolean isChecking() {
    return purpose == Purpose.CHECKING;
  }

  /** Returns whether the image is to be opened for maintenance. */
  public boolean isMaintenance() {
    return purpose == Purpose.MAINTENANCE;
  }

  /** Returns the format that the caller named, or empty to probe. */
  public Optional<String> format() {
    return Optional.ofNullable(format);
  }

  /** Returns the policy for the files that the image names. */
  public ReferencePolicy references() {
    return references;
  }

  /** Returns what finds the images that others are a difference to. */
  public ParentResolver parents() {
    return parents;
  }

  /** Returns whether the image is read without a lock. */
  public boolean isShared() {
    return shared;
  }

  /** Returns whether only the image's own description is wanted. */
  public boolean isMetadataOnly() {
    return metadataOnly;
  }
}
