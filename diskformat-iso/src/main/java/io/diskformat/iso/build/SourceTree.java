package io.diskformat.iso.build;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tree of files of some file system, links as links. Of times, that of the last
 * modification counts alone: others change whenever somebody looks.
 */
final class SourceTree {
  private static final String UNIX = "unix:mode,uid,gid,rdev,nlink,dev,ino,lastModifiedTime";
  private static final int MODE_OF_DIRECTORIES = 0755;
  private static final int MODE_OF_FILES = 0644;
  private static final int PERMISSIONS = 07777;
  private static final long UNSIGNED = 0xffff_ffffL;

  private SourceTree() {}

  /** What a file system says of a file. */
  private record Found(
      Node.Kind kind,
      DiscAttributes attributes,
      String target,
      long device,
      @Nullable Object identity) {}

  /**
   * Puts a file, or a directory with all that is in it, at a path of a disc.
   *
   * @throws IOException if something cannot be read
   */
  static void add(NodeTree tree, String at, Path source) throws IOException {
    Found found = find(source);
    Node node = tree.put(at, name -> node(name, source, found));
    if (node.isDirectory()) {
      addChildren(node, source);
    }
  }

  private static void addChildren(Node directory, Path source) throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(source)) {
      for (Path child : children) {
        String name = child.getFileName().toString();
        // Some file systems mark directories.
        name = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
        Found found = find(child);
        Node node = merge(directory, node(name, child, found));
        if (node.isDirectory()) {
          addChildren(node, child);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** Puts a file into a directory; a directory that is there keeps what is in it. */
  private static Node merge(Node directory, Node node) {
    Node before = directory.child(node.name());
    if (before != null && before.isDirectory() && node.isDirectory()) {
      before.attributes(node.attributes());
      return before;
    }
    directory.put(node);
    return node;
  }

  private static Node node(String name, Path source, Found found) {
    return switch (found.kind()) {
      case DIRECTORY -> Node.directory(name, found.attributes());
      case FILE -> Node.file(name, found.attributes(), DiscContent.of(source), found.identity());
      case LINK -> Node.link(name, found.attributes(), found.target());
      default -> Node.special(name, found.kind(), found.attributes(), found.device());
    };
  }

  private static Found find(Path path) throws IOException {
    if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      Map<String, Object> all = Files.readAttributes(path, UNIX, LinkOption.NOFOLLOW_LINKS);
      int mode = (int) number(all, "mode");
      Node.Kind type = Node.Kind.of(mode).orElse(Node.Kind.FILE);
      FileTime modified = (FileTime) Objects.requireNonNull(all.get("lastModifiedTime"));
      return new Found(
          type,
          new DiscAttributes(
              mode & PERMISSIONS,
              number(all, "uid") & UNSIGNED,
              number(all, "gid") & UNSIGNED,
              modified.toInstant(),
              Optional.empty(),
              Optional.empty()),
          target(path, type),
          number(all, "rdev"),
          number(all, "nlink") > 1 ? all.get("dev") + " " + all.get("ino") : null);
    }
    boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    Class<? extends BasicFileAttributes> known =
        posix ? PosixFileAttributes.class : BasicFileAttributes.class;
    BasicFileAttributes basic = Files.readAttributes(path, known, LinkOption.NOFOLLOW_LINKS);
    Node.Kind kind =
        basic.isDirectory()
            ? Node.Kind.DIRECTORY
            : basic.isSymbolicLink()
                ? Node.Kind.LINK
                : basic.isRegularFile() ? Node.Kind.FILE : Node.Kind.PIPE;
    int mode = kind == Node.Kind.DIRECTORY ? MODE_OF_DIRECTORIES : MODE_OF_FILES;
    if (basic instanceof PosixFileAttributes recorded) {
      mode = 0;
      String letters = PosixFilePermissions.toString(recorded.permissions());
      for (int i = 0; i < letters.length(); i++) {
        mode |= letters.charAt(i) == '-' ? 0 : 0400 >> i;
      }
    }
    Instant modified = basic.lastModifiedTime().toInstant();
    return new Found(kind, DiscAttributes.of(mode, modified), target(path, kind), 0, null);
  }

  private static long number(Map<String, Object> attributes, String name) {
    return ((Number) Objects.requireNonNull(attributes.get(name))).longValue();
  }

  private static String target(Path path, Node.Kind kind) throws IOException {
    return kind == Node.Kind.LINK ? Files.readSymbolicLink(path).toString() : "";
  }
}
