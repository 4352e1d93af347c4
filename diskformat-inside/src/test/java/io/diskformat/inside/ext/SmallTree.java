package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Random;

/** A tree of files to be changed: some of each kind, and a directory with many names. */
final class SmallTree {
  private static final int CROWD = 250;

  private SmallTree() {}

  /** Fills a directory. */
  static void fill(Path root, Random random) throws IOException {
    Path crowd = Files.createDirectory(root.resolve("crowd"));
    for (int i = 0; i < CROWD; i++) {
      Path file = Files.createFile(crowd.resolve("one of many files with a long name " + i));
      Files.setLastModifiedTime(file, FileTime.fromMillis(1_600_000_000_000L + i * 1000));
    }
    Path deep = Files.createDirectories(root.resolve("a/b/c/d"));
    int[] sizes = {0, 1, 1000, 1024, 4096, 5000, 12_288, 50_000, 300_000};
    for (Path directory : new Path[] {root, root.resolve("a"), root.resolve("a/b"), deep}) {
      for (int size : sizes) {
        byte[] content = new byte[size];
        random.nextBytes(content);
        Files.write(directory.resolve("of " + size), content);
      }
      Files.createSymbolicLink(directory.resolve("short"), Path.of("b/c"));
      Files.createSymbolicLink(directory.resolve("long"), Path.of("x".repeat(100)));
      Files.createLink(directory.resolve("second"), directory.resolve("of 5000"));
      Files.createDirectory(directory.resolve("empty"));
    }
  }
}
