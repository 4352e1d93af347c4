package io.diskformat.iso;

import java.util.Locale;

/** The trees that a disc may have of the same files, the best first. */
enum TreeKind {
  /** The primary tree with all that POSIX knows of a file. */
  ROCK_RIDGE,
  /** That of UDF, which is another file system on the same disc. */
  UDF,

  /** Windows' own, with names in UTF-16. */
  JOLIET,
  /** Of ISO 9660:1999, with long names. */
  ENHANCED,
  /** The primary tree. */
  PLAIN;

  /** Returns the name by which callers choose it. */
  String option() {
    return name().toLowerCase(Locale.ROOT).replace("_", "");
  }

  /**
   * Returns the kind of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static TreeKind of(String option) {
    for (TreeKind kind : values()) {
      if (kind.option().equals(option)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "tree is \"" + option + "\", but may be rockridge, udf, joliet, enhanced or plain");
  }
}
