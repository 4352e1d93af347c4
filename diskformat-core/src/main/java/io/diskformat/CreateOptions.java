package io.diskformat;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What image is to be created. Immutable: each method returns another object. */
public final class CreateOptions {
  private final String format;
  private final long size;
  private final boolean replace;
  private final ReferencePolicy references;
  private final ImmutableMap<String, String> options;

  private CreateOptions(
      String format,
      long size,
      boolean replace,
      ReferencePolicy references,
      ImmutableMap<String, String> options) {
    this.format = format;
    this.size = size;
    this.replace = replace;
    this.references = references;
    this.options = options;
  }

  /**
   * Returns options for an image of the given format.
   *
   * @param format as {@link DiskImages#formats()} lists it
   */
  public static CreateOptions format(String format) {
    return new CreateOptions(
        Objects.requireNonNull(format), 0, false, ReferencePolicy.deny(), ImmutableMap.of());
  }

  /**
   * Returns these options with the size of the disk.
   *
   * @param bytes in bytes; rounded up to whole sectors of 512 bytes
   * @throws IllegalArgumentException if it is negative or has no such multiple
   */
  public CreateOptions size(long bytes) {
    if (bytes < 0 || bytes > Long.MAX_VALUE - 511) {
      throw new IllegalArgumentException("disk size must not be negative nor overflow: " + bytes);
    }
    return new CreateOptions(format, bytes + 511 & -512, replace, references, options);
  }

  /** Returns these options with one of the format's own, named as qemu-img names it. */
  public CreateOptions option(String name, String value) {
    Map<String, String> changed = new LinkedHashMap<>(options);
    changed.put(Objects.requireNonNull(name), Objects.requireNonNull(value));
    return new CreateOptions(format, size, replace, references, ImmutableMap.copyOf(changed));
  }

  /** Returns these options for replacing a file that is already there. */
  public CreateOptions replaceExisting() {
    return new CreateOptions(format, size, true, references, options);
  }

  /**
   * Returns these options with a policy for the files that the new image names, its backing file
   * for one. They are opened only to give the image content, not to create it; by default they are
   * not.
   */
  public CreateOptions references(ReferencePolicy policy) {
    return new CreateOptions(format, size, replace, Objects.requireNonNull(policy), options);
  }

  /** Returns the name of the format. */
  public String format() {
    return format;
  }

  /** Returns the size of the disk in bytes, a multiple of 512. */
  public long size() {
    return size;
  }

  /** Returns whether a file that is already there is replaced. */
  public boolean replacesExisting() {
    return replace;
  }

  /** Returns the policy for the files that the new image names. */
  public ReferencePolicy references() {
    return references;
  }

  /** Returns the value of one of the format's own options, if it was given. */
  public Optional<String> option(String name) {
    return Optional.ofNullable(options.get(name));
  }

  /** Returns the format's own options, in the order in which they were given. */
  public Map<String, String> options() {
    return options;
  }
}
