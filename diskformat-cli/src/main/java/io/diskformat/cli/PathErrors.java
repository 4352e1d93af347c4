package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What the tool says of paths inside of an image. */
final class PathErrors {
  private PathErrors() {}

  /**
   * Returns a failure that names the image, too.
   *
   * @param image as the user named it
   */
  static IOException inside(String image, FileSystemException failure) {
    return image.equals(failure.getFile())
        ? failure
        : new IOException(image + ": " + reason(failure), failure);
  }

  private static String reason(FileSystemException e) {
    String name = e.getFile();
    return switch (e) {
      case NoSuchFileException _ -> name + " is not there";
      case NotDirectoryException _ -> name + " is no directory";
      case FileSystemLoopException _ -> name + " leads over too many links";
      default -> name + " " + e.getReason();
    };
  }
}
