package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/** {@code iso ls}. */
final class IsoLsVerb extends IsoTreeVerb {
  private final Argument all = flag("List what is in the directories below, too.", "-R");
  private final Argument detailed =
      flag("Say of each file what it is, its mode, owner, group, size and time.", "-l");

  IsoLsVerb() {
    super("iso ls", "Lists the files of a disc.");
  }

  @Override
  int act(Terminal terminal, Path directory) throws IOException {
    list(terminal, directory);
    return 0;
  }

  private void list(Terminal terminal, Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      // The attributes of what is not there are an exception.
      line(terminal, directory, attributes(directory));
      return;
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        BasicFileAttributes attributes = attributes(child);
        line(terminal, child, attributes);
        if (all.isGiven() && attributes.isDirectory()) {
          list(terminal, child);
        }
      }
    }
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    Class<? extends BasicFileAttributes> wanted =
        posix ? PosixFileAttributes.class : BasicFileAttributes.class;
    return Files.readAttributes(path, wanted, LinkOption.NOFOLLOW_LINKS);
  }

  private void line(Terminal terminal, Path path, BasicFileAttributes attributes)
      throws IOException {
    String shown = all.isGiven() ? path.toString() : String.valueOf(path.getFileName());
    if (detailed.isGiven()) {
      if (attributes.isSymbolicLink()) {
        shown += " -> " + Files.readSymbolicLink(path);
      }
      shown = details(attributes) + " " + shown;
    }
    terminal.line(Terminal.printable(shown));
  }

  private static String details(BasicFileAttributes attributes) {
    char kind =
        attributes.isDirectory()
            ? 'd'
            : attributes.isSymbolicLink() ? 'l' : attributes.isRegularFile() ? '-' : '?';
    String mode =
        attributes instanceof PosixFileAttributes posix
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
