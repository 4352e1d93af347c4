package io.diskformat.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files that this process has open, as far as the host reports them. */
public final class OpenFiles {
  private OpenFiles() {}

  /** Returns the open files in a directory and below. */
  public static List<Path> in(Path directory) throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    List<Path> open = new ArrayList<>();
    if (Files.isDirectory(descriptors)) {
      try (Stream<Path> files = Files.list(descriptors)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          // The descriptor of the listing itself is closed by now.
          if (Files.isSymbolicLink(file)) {
            open.add(Files.readSymbolicLink(file));
          }
        }
      }
    }
    Path real = directory.toRealPath();
    return open.stream().filter(file -> file.startsWith(real)).toList();
  }
}
