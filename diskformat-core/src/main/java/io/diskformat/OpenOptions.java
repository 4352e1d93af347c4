package io.diskformat;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The options with which an image is opened. Immutable: each method that changes an option returns
 * a new object.
 */
public final class OpenOptions {

  private final boolean writable;
  private final @Nullable String format;
  private final ReferencePolicy references;
  private final ParentResolver parents;
  private final boolean shared;
  private final boolean metadataOnly;
  private final @Nullable BlockDevice backing;
  private final @Nullable SecretSupplier secret;
  private final Limits limits;

  private OpenOptions(
      boolean writable,
      @Nullable String format,
      ReferencePolicy references,
      ParentResolver parents,
      boolean shared,
      boolean metadataOnly,
      @Nullable BlockDevice backing,
      @Nullable SecretSupplier secret,
      Limits limits) {
    this.writable = writable;
    this.format = format;
    this.references = references;
    this.parents = parents;
    this.shared = shared;
    this.metadataOnly = metadataOnly;
    this.backing = backing;
    this.secret = secret;
    this.limits = limits;
  }

  private static OpenOptions of(boolean writable) {
    return new OpenOptions(
        writable,
        null,
        ReferencePolicy.deny(),
        ParentResolver.none(),
        false,
        false,
        null,
        null,
        Limits.none());
  }

  /** Returns options for reading. The format is probed, and references are denied. */
  public static OpenOptions readOnly() {
    return of(false);
  }

  /**
   * Returns options for reading and writing. The format is probed, and references are denied. An
   * image without a mark is not taken for raw: name that format.
   */
  public static OpenOptions writable() {
    return of(true);
  }

  /**
   * Returns these options with the image's format named, so that it is not probed. Name the format
   * of any image whose content somebody else controls: a guest can write whatever header it likes
   * to the start of a raw disk.
   *
   * @param format as {@link DiskImages#formats()} lists it
   */
  public OpenOptions format(String format) {
    return new OpenOptions(
        writable,
        Objects.requireNonNull(format),
        references,
        parents,
        shared,
        metadataOnly,
        backing,
        secret,
        limits);
  }

  /**
   * Returns these options with a policy for the files that the image refers to. It is asked about
   * each before that is opened. To refuse an image that refers to any, open it for its {@linkplain
   * #metadataOnly() metadata} and look at {@link ImageInfo#references()}.
   */
  public OpenOptions references(ReferencePolicy policy) {
    return new OpenOptions(
        writable,
        format,
        Objects.requireNonNull(policy),
        parents,
        shared,
        metadataOnly,
        backing,
        secret,
        limits);
  }

  /**
   * Returns these options with a resolver that proposes the parents of images that record their
   * parent without a name. {@link #references} must allow those as well.
   */
  public OpenOptions parents(ParentResolver resolver) {
    return new OpenOptions(
        writable,
        format,
        references,
        Objects.requireNonNull(resolver),
        shared,
        metadataOnly,
        backing,
        secret,
        limits);
  }

  /**
   * Returns these options without the lock that keeps others from writing the image while it is
   * read or checked (qemu-img's {@code -U}). Data read from an image in use may then be
   * inconsistent. Has no effect on an open for writing, which always locks.
   */
  public OpenOptions shared() {
    return new OpenOptions(
        writable, format, references, parents, true, metadataOnly, backing, secret, limits);
  }

  /**
   * Returns these options for reading the image's description alone: no file that it names is
   * opened, whatever the policy, and its disk cannot be read.
   */
  public OpenOptions metadataOnly() {
    return new OpenOptions(
        writable, format, references, parents, shared, true, backing, secret, limits);
  }

  /** Returns these options for reading only, all others unchanged. */
  public OpenOptions reading() {
    return new OpenOptions(
        false, format, references, parents, shared, metadataOnly, backing, secret, limits);
  }

  /**
   * Returns these options with a device to use in place of the file that the image records as its
   * backing file or parent: a difference over any device, the disk of another image or one in
   * memory. No file is opened for it, no policy is asked, and neither its content nor its size is
   * checked: they are the caller's responsibility. It is only read, and stays open when the image
   * is closed; it must stay open for as long as the image is.
   *
   * <p>Only an image that is a difference to another can be opened so, for reading or writing, and
   * not for maintenance. {@link ImageInfo#references()} still says what the image records.
   */
  public OpenOptions backing(BlockDevice device) {
    return new OpenOptions(
        writable,
        format,
        references,
        parents,
        shared,
        metadataOnly,
        Objects.requireNonNull(device),
        secret,
        limits);
  }

  /**
   * Returns these options with a supplier of the passphrases of encrypted images: of this one, and
   * of those below it. It is asked when an image is opened that is encrypted, once for each.
   */
  public OpenOptions secret(SecretSupplier supplier) {
    return new OpenOptions(
        writable,
        format,
        references,
        parents,
        shared,
        metadataOnly,
        backing,
        Objects.requireNonNull(supplier),
        limits);
  }

  /** Returns these options with limits for the image and each of those below it. */
  public OpenOptions limits(Limits limits) {
    return new OpenOptions(
        writable,
        format,
        references,
        parents,
        shared,
        metadataOnly,
        backing,
        secret,
        Objects.requireNonNull(limits));
  }

  /** Returns whether the image is to be opened for writing. */
  public boolean isWritable() {
    return writable;
  }

  /** Returns the format that the caller named, or empty to probe. */
  public Optional<String> format() {
    return Optional.ofNullable(format);
  }

  /** Returns the policy for the files that the image refers to. */
  public ReferencePolicy references() {
    return references;
  }

  /** Returns the resolver that proposes the parents of images that record them without a name. */
  public ParentResolver parents() {
    return parents;
  }

  /** Returns whether the image is read without a lock. */
  public boolean isShared() {
    return shared;
  }

  /** Returns whether only the image's description is read. */
  public boolean isMetadataOnly() {
    return metadataOnly;
  }

  /** Returns the device to use in place of the image below, if the caller supplied one. */
  public Optional<BlockDevice> backing() {
    return Optional.ofNullable(backing);
  }

  /** Returns the supplier of passphrases, if there is one. */
  public Optional<SecretSupplier> secret() {
    return Optional.ofNullable(secret);
  }

  /** Returns the limits for images. */
  public Limits limits() {
    return limits;
  }
}
