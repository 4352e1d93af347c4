package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What is recorded of a file, as guestfish's stat has it. */
final class FileStatus {
  private static final List<String> NUMBERS = List.of("ino", "mode", "nlink", "uid", "gid", "rdev");
  private static final Map<String, String> TIMES =
      Map.of("atime", "lastAccessTime", "mtime", "lastModifiedTime", "ctime", "ctime");

  private FileStatus() {}

  /**
   * Writes it out, one thing a line, times in seconds since 1970.
   *
   * @param follow whether links are followed
   */
  static void print(Terminal terminal, Path file, boolean follow) throws IOException {
    boolean unix = file.getFileSystem().supportedFileAttributeViews().contains("unix");
    LinkOption[] options =
        follow ? new LinkOption[0] : new LinkOption[] {LinkOption.NOFOLLOW_LINKS};
    Map<String, Object> all = Files.readAttributes(file, unix ? "unix:*" : "*", options);
    for (String name : NUMBERS) {
      if (all.containsKey(name)) {
        terminal.line(name + ": " + all.get(name));
      }
    }
    terminal.line("size: " + all.get("size"));
    for (String name : List.of("atime", "mtime", "ctime")) {
      if (all.get(TIMES.get(name)) instanceof FileTime time) {
        terminal.line(name + ": " + time.to(TimeUnit.SECONDS));
      }
    }
  }
}
