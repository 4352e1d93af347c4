package io.diskformat.filesystem;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The place of a file that exists or may be created: a name in a directory.
 *
 * @param shown the path that errors name
 * @param names the way to the directory from the root, without links
 * @param directory that the name is in
 * @param name null if the path ends in no name of its own, as that of the root does
 * @param node what has the name, if anything
 */
record ChangedPath(
    String shown,
    List<String> names,
    FileNode directory,
    @Nullable String name,
    Optional<FileNode> node) {
  private static final int MOST_LINKS = 40;

  /** Finds a path, whose last name is not followed. */
  static ChangedPath of(FileNode root, List<String> path, String shown) throws IOException {
    String last = path.isEmpty() ? "." : path.getLast();
    if (last.equals(".") || last.equals("..")) {
      PathWalk walk = PathWalk.along(root, path, true, shown);
      requireDirectory(walk.node(), shown);
      return new ChangedPath(shown, walk.names(), walk.node(), null, Optional.of(walk.node()));
    }
    PathWalk walk = PathWalk.along(root, path.subList(0, path.size() - 1), true, shown);
    requireDirectory(walk.node(), shown);
    return new ChangedPath(shown, walk.names(), walk.node(), last, walk.node().find(last));
  }

  /**
   * Finds where a path leads, following its last name as long as that is a link; there need be
   * nothing.
   */
  static ChangedPath followed(FileNode root, List<String> path, String shown) throws IOException {
    ChangedPath found = of(root, path, shown);
    for (int links = 0; found.isLink(); links++) {
      if (links == MOST_LINKS) {
        throw new FileSystemLoopException(shown);
      }
      String target = found.node.orElseThrow().linkTarget();
      List<String> next = new ArrayList<>(target.startsWith("/") ? List.of() : found.names);
      next.addAll(Arrays.stream(target.split("/", -1)).filter(part -> !part.isEmpty()).toList());
      found = of(root, next, shown);
    }
    return found;
  }

  private static void requireDirectory(FileNode node, String shown) throws IOException {
    if (node.kind() != NodeAttributes.Kind.DIRECTORY) {
      throw new NotDirectoryException(shown);
    }
  }

  private boolean isLink() throws IOException {
    return node.isPresent() && node.get().kind() == NodeAttributes.Kind.SYMBOLIC_LINK;
  }

  /**
   * Returns the name.
   *
   * @throws FileSystemException if there is none
   */
  String named() throws FileSystemException {
    if (name == null) {
      throw new FileSystemException(shown, null, "has no name that could be changed");
    }
    return name;
  }

  /** Returns the way to the file from the root, without links but, perhaps, the last. */
  List<String> whole() {
    List<String> all = new ArrayList<>(names);
    if (name != null) {
      all.add(name);
    }
    return List.copyOf(all);
  }
}
