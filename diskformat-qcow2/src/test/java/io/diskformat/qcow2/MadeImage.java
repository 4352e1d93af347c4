package io.diskformat.qcow2;

import java.nio.file.Path;

/**
 * An image that was generated.
 *
 * @param path where it is
 * @param format its format
 * @param size of its disk, in bytes
 */
record MadeImage(Path path, String format, long size) {

  /** Returns the name by which another image in its directory calls it. */
  String name() {
    return path.getFileName().toString();
  }
}
