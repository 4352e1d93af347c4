package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Lists the files of a tree. */
final class TreeListing {
  /** The deepest level to list. */
  private static final int MOST_LEVELS = 2048;

  private final Terminal terminal;
  private final boolean all;
  private final boolean detailed;
  private final boolean sorted;

  /**
   * Creates a listing.
   *
   * @param all whether to list what is in the directories below, too
   * @param detailed whether to say what each file is
   * @param sorted whether files are sorted by their names, or else as they are stored
   */
  TreeListing(Terminal terminal, boolean all, boolean detailed, boolean sorted) {
    this.terminal = terminal;
    this.all = all;
    this.detailed = detailed;
    this.sorted = sorted;
  }

  /** Lists what is in a directory, or another file. */
  void list(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      list(file, 1);
    } else {
      // The attributes of what is not there are an exception.
      line(file, attributes(file));
    }
  }

  private void list(Path directory, int level) throws IOException {
    if (level > MOST_LEVELS) {
      throw new IOException(directory + " is more than " + MOST_LEVELS + " levels deep");
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : inOrder(children)) {
        if (!all && !detailed) {
          // Names take no look at the files.
          terminal.line(Terminal.printable(String.valueOf(child.getFileName())));
          continue;
        }
        BasicFileAttributes attributes = attributes(child);
        line(child, attributes);
        if (all && attributes.isDirectory()) {
          list(child, level + 1);
        }
      }
    }
  }

  private Iterable<Path> inOrder(DirectoryStream<Path> children) {
    if (!sorted) {
      return children;
    }
    List<Path> list = new ArrayList<>();
    children.forEach(list::add);
    Collections.sort(list);
    return list;
  }

  private static boolean hasModes(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    Class<? extends BasicFileAttributes> wanted =
        hasModes(path) ? PosixFileAttributes.class : BasicFileAttributes.class;
    return Files.readAttributes(path, wanted, LinkOption.NOFOLLOW_LINKS);
  }

  private void line(Path path, BasicFileAttributes attributes) throws IOException {
    String shown = all ? path.toString() : String.valueOf(path.getFileName());
    if (detailed) {
      if (attributes.isSymbolicLink()) {
        shown += " -> " + Files.readSymbolicLink(path);
      }
      shown = details(attributes, hasModes(path)) + " " + shown;
    }
    terminal.line(Terminal.printable(shown));
  }

  private static String details(BasicFileAttributes attributes, boolean hasModes) {
    char kind =
        attributes.isDirectory()
            ? 'd'
            : attributes.isSymbolicLink() ? 'l' : attributes.isRegularFile() ? '-' : '?';
    String mode =
        hasModes && attributes instanceof PosixFileAttributes posix
            ? String.format(
                "%s %5s %5s",
                PosixFilePermissions.toString(posix.permissions()),
                posix.owner().getName(),
                posix.group().getName())
            : "";
    return String.format(
        "%c%s %12d %s", kind, mode, attributes.size(), attributes.lastModifiedTime());
  }
}
