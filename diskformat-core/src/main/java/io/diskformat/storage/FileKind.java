package io.diskformat.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** The kind of a file. Only the first two can hold an image. */
enum FileKind {
  REGULAR_FILE("a regular file"),
  BLOCK_DEVICE("a block device"),
  DIRECTORY("a directory"),
  CHARACTER_DEVICE("a character device"),
  PIPE("a pipe"),
  SOCKET("a socket"),
  OTHER("a special file");

  /** The lowest bit of the file's kind in {@code st_mode}. */
  private static final int FORMAT_SHIFT = 12;

  private static final int FORMAT_MASK = 0xf;

  private final String words;

  FileKind(String words) {
    this.words = words;
  }

  /** Returns whether such a file is opened as an image. */
  boolean holdsImages() {
    return this == REGULAR_FILE || this == BLOCK_DEVICE;
  }

  /** Returns the kind of a file that has these attributes. */
  static FileKind of(Path path, BasicFileAttributes attributes) throws IOException {
    if (attributes.isRegularFile()) {
      return REGULAR_FILE;
    }
    if (attributes.isDirectory()) {
      return DIRECTORY;
    }
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return OTHER;
    }
    int mode = (Integer) Files.getAttribute(path, "unix:mode");
    return switch (mode >>> FORMAT_SHIFT & FORMAT_MASK) {
      case 0x1 -> PIPE;
      case 0x2 -> CHARACTER_DEVICE;
      case 0x6 -> BLOCK_DEVICE;
      case 0xc -> SOCKET;
      default -> OTHER;
    };
  }

  /** Returns the kind's name for messages, with its article. */
  @Override
  public String toString() {
    return words;
  }
}
