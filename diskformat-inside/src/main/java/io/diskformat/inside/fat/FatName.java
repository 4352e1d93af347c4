package io.diskformat.inside.fat;

import java.nio.file.FileSystemException;
import java.util.Locale;

/** The rules for names of files. */
final class FatName {
  private static final String NO_LETTERS = "\"*/:<>?\\|";
  private static final int MOST_LETTERS = 255;

  private FatName() {}

  /**
   * Checks the name of a new file.
   *
   * @throws FileSystemException if no file can have it
   */
  static void check(String name) throws FileSystemException {
    if (name.isEmpty() || name.endsWith(".") || name.endsWith(" ")) {
      throw refused(name, "a name does not end so");
    }
    if (name.length() > MOST_LETTERS) {
      throw refused(name, "a name has at most " + MOST_LETTERS + " characters of UTF-16");
    }
    int bad =
        name.codePoints()
            .filter(each ->
                each < ' '
                    || NO_LETTERS.indexOf(each) >= 0
                    || (each >= Character.MIN_SURROGATE && each <= Character.MAX_SURROGATE))
            .findFirst()
            .orElse(-1);
    if (bad >= 0) {
      throw refused(name, String.format(Locale.ROOT, "a name has no character U+%04X", bad));
    }
  }

  private static FileSystemException refused(String name, String reason) {
    return new FileSystemException(name, null, "not a name of FAT: " + reason);
  }
}
