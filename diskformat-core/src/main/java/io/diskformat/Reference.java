package io.diskformat;

import java.nio.file.Path;

/**
 * A file that an image names, about to be opened.
 *
 * @param kind what the file is for
 * @param name the name as the image records it; untrusted
 * @param from the image that names it, an absolute path
 * @param target the file that the name leads to, all symbolic links followed; it is a regular file
 */
public record Reference(Kind kind, String name, Path from, Path target) {

  /** What a referenced file is for. */
  public enum Kind {
    /** The image that this one is a difference to. */
    BACKING_FILE("backing file"),
    /** The file that holds an image's data apart from its tables. */
    DATA_FILE("external data file");

    private final String description;

    Kind(String description) {
      this.description = description;
    }

    @Override
    public String toString() {
      return description;
    }
  }
}
