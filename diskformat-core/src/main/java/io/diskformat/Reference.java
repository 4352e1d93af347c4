package io.diskformat;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A reference of an image to another file that is about to be opened, for a {@link ReferencePolicy}
 * to judge.
 *
 * @param kind what the file is for
 * @param name the name as the image records it, or a parent's UUID in braces; untrusted
 * @param from the absolute path of the image that holds the reference
 * @param target the file that the name leads to, or that a {@link ParentResolver} proposes, with
 *     all symbolic links followed
 */
public record Reference(Kind kind, String name, Path from, Path target) {

  /** What a referenced file is for. */
  public enum Kind {
    /** The image that this one is a difference to. */
    BACKING_FILE("backing file"),
    /** The same, where the image records its UUIDs and not its name. */
    PARENT("parent"),
    /** The file that holds an image's data apart from its tables. */
    DATA_FILE("external data file"),
    /** One of the files that hold parts of an image's disk. */
    EXTENT("extent");

    private final String description;

    Kind(String description) {
      this.description = description;
    }

    /** Returns whether the file is an image that another one is a difference to. */
    public boolean isImage() {
      return this == BACKING_FILE || this == PARENT;
    }

    @Override
    public String toString() {
      return description;
    }
  }

  /** Returns the target of a reference to a file, even if there is no such file. */
  static Path targetOf(Path file) throws IOException {
    try {
      return file.toRealPath();
    } catch (NoSuchFileException e) {
      // The caller who named it is to see that it is missing, not that it is denied.
      return file.toAbsolutePath().normalize();
    }
  }
}
