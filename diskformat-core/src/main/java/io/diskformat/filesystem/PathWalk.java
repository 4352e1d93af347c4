package io.diskformat.filesystem;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Follows a path from the root of a tree to a file, through symbolic links. An absolute link leads
 * to the root of the tree, and {@code ..} never above it, so that no link leaves the tree.
 */
final class PathWalk {
  /** The most links to follow, as on Linux. */
  private static final int MOST_LINKS = 40;

  /** The most names to look up, those in links included. */
  private static final int MOST_NAMES = 2048;

  private final FileNode root;
  private final List<String> names = new ArrayList<>();
  private final List<FileNode> nodes = new ArrayList<>();

  private PathWalk(FileNode root) {
    this.root = root;
  }

  /**
   * Follows a path.
   *
   * @param path the names from the root on
   * @param followLast whether to follow the last name, if it is a link
   * @throws NoSuchFileException if it leads nowhere
   * @throws NotDirectoryException if it leads through what is no directory
   * @throws FileSystemLoopException if there are more links than are followed
   */
  static PathWalk along(FileNode root, List<String> path, boolean followLast) throws IOException {
    return along(root, path, followLast, "/" + String.join("/", path));
  }

  /**
   * Follows a path, as {@link #along(FileNode, List, boolean)} does.
   *
   * @param whole the path that errors name
   */
  static PathWalk along(FileNode root, List<String> path, boolean followLast, String whole)
      throws IOException {
    PathWalk walk = new PathWalk(root);
    walk.go(path, followLast, whole);
    return walk;
  }

  /** Returns the file that the path leads to. */
  FileNode node() {
    return nodes.isEmpty() ? root : nodes.getLast();
  }

  /** Returns the path from the root to that file, without links. */
  List<String> names() {
    return List.copyOf(names);
  }

  private void go(List<String> path, boolean followLast, String whole) throws IOException {
    Deque<String> ahead = new ArrayDeque<>(path);
    int links = 0;
    for (int looked = 0; !ahead.isEmpty(); looked++) {
      if (looked == MOST_NAMES) {
        throw new FileSystemException(whole, null, "leads over more than " + MOST_NAMES + " names");
      }
      String name = ahead.removeFirst();
      FileNode directory = node();
      if (directory.attributes().kind() != NodeAttributes.Kind.DIRECTORY) {
        throw new NotDirectoryException(whole);
      }
      if (name.equals("..")) {
        up();
      } else if (!name.equals(".")) {
        Optional<FileNode> found = directory.find(name);
        FileNode next = found.orElseThrow(() -> new NoSuchFileException(whole));
        boolean follow = followLast || !ahead.isEmpty();
        if (follow && next.kind() == NodeAttributes.Kind.SYMBOLIC_LINK) {
          if (++links > MOST_LINKS) {
            throw new FileSystemLoopException(whole);
          }
          follow(next.linkTarget(), ahead, whole);
        } else {
          names.add(name);
          nodes.add(next);
        }
      }
    }
  }

  private void up() {
    if (!nodes.isEmpty()) {
      nodes.removeLast();
      names.removeLast();
    }
  }

  private void follow(String target, Deque<String> ahead, String whole) throws IOException {
    if (target.isEmpty()) {
      throw new NoSuchFileException(whole);
    }
    if (target.startsWith("/")) {
      nodes.clear();
      names.clear();
    }
    List<String> parts =
        Arrays.stream(target.split("/", -1)).filter(part -> !part.isEmpty()).toList();
    parts.reversed().forEach(ahead::addFirst);
  }
}
