package io.diskformat;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The options with which an image is created. Immutable: each method that changes an option returns
 * a new object.
 */
public final class CreateOptions {
  private final String format;
  private final long size;
  private final boolean replace;
  private final ReferencePolicy references;
  private final ParentResolver parents;
  private final ImmutableMap<String, String> options;
  private final @Nullable SecretSupplier secret;

  private CreateOptions(
      String format,
      long size,
      boolean replace,
      ReferencePolicy references,
      ParentResolver parents,
      ImmutableMap<String, String> options,
      @Nullable SecretSupplier secret) {
    this.format = format;
    this.size = size;
    this.replace = replace;
    this.references = references;
    this.parents = parents;
    this.options = options;
    this.secret = secret;
  }

  /**
   * Returns options for an image of the given format.
   *
   * @param format as {@link DiskImages#formats()} lists it
   */
  public static CreateOptions format(String format) {
    return new CreateOptions(
        Objects.requireNonNull(format),
        0,
        false,
        ReferencePolicy.deny(),
        ParentResolver.none(),
        ImmutableMap.of(),
        null);
  }

  /**
   * Returns these options with the size of the disk.
   *
   * @param bytes the size in bytes; rounded up to whole sectors of 512 bytes
   * @throws IllegalArgumentException if it is negative, or overflows when rounded up
   */
  public CreateOptions size(long bytes) {
    if (bytes < 0 || bytes > Long.MAX_VALUE - 511) {
      throw new IllegalArgumentException("disk size must not be negative nor overflow: " + bytes);
    }
    return new CreateOptions(
        format, bytes + 511 & -512, replace, references, parents, options, secret);
  }

  /**
   * Returns these options with one of the format's own, named as qemu-img names it. The name and
   * the value are checked when the image is created.
   */
  public CreateOptions option(String name, String value) {
    Map<String, String> changed = new LinkedHashMap<>(options);
    changed.put(Objects.requireNonNull(name), Objects.requireNonNull(value));
    return new CreateOptions(
        format, size, replace, references, parents, ImmutableMap.copyOf(changed), secret);
  }

  /**
   * Returns these options for replacing a file that already exists, and likewise a data file that
   * the image is to name. The new file takes the old one's place in one step when it is complete;
   * until then, and if creating it fails, the old one stays. The new file has the old one's
   * permissions, and its owner and group as far as the caller may give them away; it does not have
   * its access control lists, extended attributes and other hard links.
   *
   * <p>A file that can be written, but whose place cannot be taken, is written in place: where its
   * directory cannot be written, where it is a mount point, and where somebody else owns it in a
   * sticky directory. It loses its content as soon as that begins, and is left empty if that fails;
   * if the process is killed meanwhile, part of the new image is left in it.
   */
  public CreateOptions replaceExisting() {
    return new CreateOptions(format, size, true, references, parents, options, secret);
  }

  /**
   * Returns these options with a policy for the images that the new one is a difference to. They
   * are opened only to give the new image its content; by default none may be opened. Without
   * content, at most the header of the parent that an option names is read, because a VDI image
   * records its parent's UUIDs; the caller allows that by naming it.
   */
  public CreateOptions references(ReferencePolicy policy) {
    return new CreateOptions(
        format, size, replace, Objects.requireNonNull(policy), parents, options, secret);
  }

  /**
   * Returns these options with a resolver that proposes the images below the backing file, where
   * those images are recorded without a name. {@link #references} must allow those as well. The
   * backing file itself is the one that was named.
   */
  public CreateOptions parents(ParentResolver resolver) {
    return new CreateOptions(
        format, size, replace, references, Objects.requireNonNull(resolver), options, secret);
  }

  /**
   * Returns these options with a supplier of passphrases: of the one that is to open the new image,
   * where options of its format have it encrypted, and of those of images below it. The first is
   * asked for when the image is created, and again if it is given content.
   */
  public CreateOptions secret(SecretSupplier supplier) {
    return new CreateOptions(
        format, size, replace, references, parents, options, Objects.requireNonNull(supplier));
  }

  /** Returns the name of the format. */
  public String format() {
    return format;
  }

  /** Returns the size of the disk in bytes, a multiple of 512. */
  public long size() {
    return size;
  }

  /** Returns whether a file that already exists is replaced. */
  public boolean replacesExisting() {
    return replace;
  }

  /** Returns the policy for the images that the new one is a difference to. */
  public ReferencePolicy references() {
    return references;
  }

  /** Returns the resolver that proposes the images below the backing file. */
  public ParentResolver parents() {
    return parents;
  }

  /** Returns the value of one of the format's own options, if it was given. */
  public Optional<String> option(String name) {
    return Optional.ofNullable(options.get(name));
  }

  /** Returns the format's own options, in the order in which they were given. */
  public Map<String, String> options() {
    return options;
  }

  /** Returns the supplier of passphrases, if there is one. */
  public Optional<SecretSupplier> secret() {
    return Optional.ofNullable(secret);
  }
}
