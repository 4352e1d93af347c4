package io.diskformat.imageservice.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A directory whose entries are made durable. */
final class DurableDirectory {
  private final Path path;

  private DurableDirectory(Path path) {
    this.path = path;
  }

  /** Makes a directory, durably, if there is none. */
  static DurableDirectory at(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      Path parent = path.toAbsolutePath().getParent();
      Files.createDirectories(path);
      if (parent != null) {
        new DurableDirectory(parent).force();
      }
    }
    return new DurableDirectory(path);
  }

  Path path() {
    return path;
  }

  /** Gives a file of the same file system a name in this directory, durably. */
  Path take(Path file, String name) throws IOException {
    Path taken = path.resolve(name);
    Files.move(file, taken, StandardCopyOption.ATOMIC_MOVE);
    force();
    return taken;
  }

  /** Makes the names in the directory durable. */
  void force() throws IOException {
    try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }
}
