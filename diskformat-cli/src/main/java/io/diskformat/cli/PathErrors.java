package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
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
        : new IOException(image + ": " + sentence(failure), failure);
  }

  /** Says what is wrong with a path. */
  static String sentence(FileSystemException e) {
    String name = e.getFile();
    if (e.getReason() != null) {
      return name + " " + e.getReason();
    }
    return switch (e) {
      case NoSuchFileException _ -> name + " is not there";
      case NotDirectoryException _ -> name + " is no directory, or leads through what is none";
      case FileSystemLoopException _ -> name + " leads over too many links";
      case FileAlreadyExistsException _ -> name + " is there already";
      case DirectoryNotEmptyException _ -> name + " is a directory that is not empty";
      default -> name + ": " + e.getClass().getSimpleName();
    };
  }
}
