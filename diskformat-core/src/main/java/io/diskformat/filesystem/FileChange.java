package io.diskformat.filesystem;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A file in which two trees differ. Immutable.
 *
 * @param path of the file, from the root of its tree, which it begins with
 * @param before what it is in the first tree; empty if it is not there
 * @param after what it is in the second tree; empty if it is not there
 * @param aspects in what it differs; empty if it is in one tree alone
 */
public record FileChange(
    String path, Optional<FileFacts> before, Optional<FileFacts> after, Set<Aspect> aspects) {

  /** What a file may differ in. */
  public enum Aspect {
    /** What kind of file it is; then nothing else counts. */
    KIND,
    /** The bytes of a regular file. */
    CONTENT,
    /** Where a symbolic link leads. */
    TARGET,
    /** Which device it is. */
    DEVICE,
    /** Who may do what with it. */
    PERMISSIONS,
    /** Whose it is. */
    OWNER,
    /** When it was modified. */
    TIME,
    /** Its extended attributes, in the name space of users. */
    ATTRIBUTES;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Copies the set. */
  public FileChange {
    aspects = Set.copyOf(aspects);
  }

  /** Returns whether the file is in the second tree alone. */
  public boolean isAdded() {
    return before.isEmpty();
  }

  /** Returns whether the file is in the first tree alone. */
  public boolean isRemoved() {
    return after.isEmpty();
  }
}
