package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** Trees of files, in whatever file systems they are. */
public final class Trees {
  private Trees() {}

  /**
   * Fails unless two trees are the same: names, types, contents, modes, links, times, and where
   * symbolic links lead. The root's own time and mode do not count.
   */
  public static void assertSame(Path expected, Path actual) throws IOException {
    Map<String, String> theirs = describe(expected);
    Map<String, String> ours = describe(actual);
    theirs.remove("");
    ours.remove("");
    ours.remove("lost+found");
    theirs.remove("lost+found");
    assertEquals(text(theirs), text(ours));
  }

  private static String text(Map<String, String> files) {
    StringBuilder text = new StringBuilder();
    files.forEach((name, is) -> text.append(name).append(": ").append(is).append('\n'));
    return text.toString();
  }

  /** Returns what each file below a directory is, by its path from there. */
  public static Map<String, String> describe(Path root) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        files.put(root.relativize(path).toString(), describeFile(path));
      }
    }
    return files;
  }

  private static String describeFile(Path path) throws IOException {
    PosixFileAttributes attributes =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (attributes.isSymbolicLink()) {
      return "-> " + Files.readSymbolicLink(path);
    }
    String common =
        attributes.permissions().stream().sorted().toList()
            + " "
            + attributes.lastModifiedTime().to(TimeUnit.SECONDS);
    if (attributes.isDirectory()) {
      return "directory " + common;
    }
    Object links = Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
    String content = attributes.isRegularFile() ? attributes.size() + " " + sum(path) : "other";
    return content + " " + links + " " + common;
  }

  private static String sum(Path path) throws IOException {
    CRC32C sum = new CRC32C();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(path)) {
      for (int n; (n = in.read(buffer)) > 0; ) {
        sum.update(buffer, 0, n);
      }
    }
    return Long.toHexString(sum.getValue());
  }
}
