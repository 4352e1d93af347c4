package io.diskformat;

import java.util.Optional;

/**
 * A reference to another file, as an image records it. The file need not exist, and is opened only
 * as far as a {@link ReferencePolicy} allows.
 *
 * @param kind what the file is for
 * @param name the name as the image records it, or a parent's UUID in braces; untrusted. Empty if
 *     the image needs such a file and names none
 * @param resolvedName where the name leads, relative names taken relative to the image; or empty if
 *     it is no file name, or none that this library would open
 * @param format the format that the image records for the file, if any
 * @param identity the UUIDs that the file must have, where the image records them
 */
public record RecordedReference(
    Reference.Kind kind,
    String name,
    Optional<String> resolvedName,
    Optional<String> format,
    Optional<ParentIdentity> identity) {

  /** Returns a reference to a file by its name. */
  public static RecordedReference named(
      Reference.Kind kind, String name, Optional<String> resolvedName, Optional<String> format) {
    return new RecordedReference(kind, name, resolvedName, format, Optional.empty());
  }

  /** Returns a reference to a parent that is recorded by its UUIDs only. */
  public static RecordedReference parent(ParentIdentity parent) {
    return new RecordedReference(
        Reference.Kind.PARENT,
        parent.label(),
        Optional.empty(),
        Optional.of(parent.format()),
        Optional.of(parent));
  }
}
