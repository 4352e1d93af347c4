package io.diskformat.vmdk;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The names of files that a new image records. A descriptor has no escapes. */
final class NewNames {
  private NewNames() {}

  /** Returns the last part of a name, or all of it if it is no path. */
  static String fileName(String name) {
    try {
      Path last = Path.of(name).getFileName();
      return last == null ? name : last.toString();
    } catch (InvalidPathException e) {
      return name;
    }
  }

  /** Returns whether a name can be recorded. */
  static boolean isRecordable(String name) {
    return name.chars().noneMatch(c -> c == '"' || c < ' ');
  }

  /**
   * Requires that a name can be recorded.
   *
   * @param image the name of the image in the message
   * @throws IllegalArgumentException if it cannot be
   */
  static void requireRecordable(String image, String name) {
    if (!isRecordable(name)) {
      throw new IllegalArgumentException(
          image
              + ": a VMDK image cannot record the name "
              + name
              + ", as it has a quote or a line end in it");
    }
  }
}
