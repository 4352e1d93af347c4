package io.diskformat.iso;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Two trees of files, in whatever file systems they are. */
final class TreeComparison {
  private TreeComparison() {}

  /** Fails if they are not the same: names, types, contents, modes, times and where links lead. */
  static void assertSame(Path expected, Path actual) throws IOException {
    Map<String, Path> ours = files(actual);
    Map<String, Path> theirs = files(expected);
    assertEquals(String.join("\n", theirs.keySet()), String.join("\n", ours.keySet()));
    for (Map.Entry<String, Path> file : theirs.entrySet()) {
      if (!file.getKey().isEmpty()) {
        assertSameFile(file.getKey(), file.getValue(), ours.get(file.getKey()));
      }
    }
  }

  /** Returns all files below a directory, and itself, by their paths from there. */
  static Map<String, Path> files(Path root) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      all.forEach(path -> files.put(root.relativize(path).toString(), path));
    }
    return files;
  }

  private static void assertSameFile(String name, Path expected, Path actual) throws IOException {
    PosixFileAttributes theirs = attributes(expected);
    PosixFileAttributes ours = attributes(actual);
    assertEquals(theirs.isDirectory(), ours.isDirectory(), name);
    assertEquals(theirs.isSymbolicLink(), ours.isSymbolicLink(), name);
    assertEquals(theirs.isRegularFile(), ours.isRegularFile(), name);
    assertEquals(theirs.permissions(), ours.permissions(), name);
    // What unpacks links gives them no time.
    boolean timed = !theirs.isSymbolicLink() || actual.getFileSystem() != expected.getFileSystem();
    assertEquals(
        timed ? theirs.lastModifiedTime().to(TimeUnit.SECONDS) : 0,
        timed ? ours.lastModifiedTime().to(TimeUnit.SECONDS) : 0,
        name);
    if (theirs.isRegularFile()) {
      assertEquals(theirs.size(), ours.size(), name);
      assertArrayEquals(Files.readAllBytes(expected), Files.readAllBytes(actual), name);
    } else if (theirs.isSymbolicLink()) {
      assertEquals(
          Files.readSymbolicLink(expected).toString(),
          Files.readSymbolicLink(actual).toString(),
          name);
    }
  }

  private static PosixFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }
}
