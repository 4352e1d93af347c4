package io.diskformat;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Decides which of the files that an image names may be opened. An image is untrusted input, and
 * the names in it are an attacker's way to files that the caller can read and the attacker cannot:
 * so none is opened unless a policy allows it.
 *
 * <p>Whatever the policy: a name is taken relative to the image that holds it, symbolic links are
 * followed before it is judged, it must lead to a regular file, and protocol strings ({@code nbd:},
 * {@code json:} and the like) are never interpreted.
 */
@FunctionalInterface
public interface ReferencePolicy {

  /**
   * Returns whether the file may be opened.
   *
   * @throws IOException if that cannot be found out; the file is then not opened
   */
  boolean allows(Reference reference) throws IOException;

  /** Returns the policy that allows nothing. This is the default. */
  static ReferencePolicy deny() {
    return reference -> false;
  }

  /**
   * Returns the policy that allows files in the directory of the image that names them, and below.
   */
  static ReferencePolicy sameDirectory() {
    return reference -> {
      Path directory = reference.from().getParent();
      return directory != null && reference.target().startsWith(directory.toRealPath());
    };
  }

  /**
   * Returns the policy that allows files in {@code directory} and below.
   *
   * @param directory where the files may be; symbolic links in it are followed
   */
  static ReferencePolicy within(Path directory) {
    return reference -> reference.target().startsWith(directory.toRealPath());
  }

  /** Returns the policy that allows every regular file. Only for images that are trusted. */
  static ReferencePolicy any() {
    return reference -> true;
  }
}
