package io.diskformat.iso;

import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Goes over all of a tree, and asks for everything that there is to know of each file. */
final class TreeWalk {
  /** More than any tree of these tests has. */
  private static final int MOST = 100_000;

  private final List<String> paths = new ArrayList<>();

  private TreeWalk() {}

  /**
   * Returns the paths of all files.
   *
   * @throws AssertionError if there is no end of them
   */
  static List<String> of(FileTree tree) throws IOException {
    TreeWalk walk = new TreeWalk();
    walk.go(tree.root(), "");
    return walk.paths;
  }

  private void go(FileNode directory, String path) throws IOException {
    FileNode.Cursor cursor = directory.list();
    for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      String name = entry.name();
      if (name.isEmpty() || name.matches("\\.\\.?|.*[/\\x00].*")) {
        throw new AssertionError("no name of a file: " + name);
      }
      String child = path + "/" + name;
      paths.add(child);
      if (paths.size() > MOST) {
        throw new AssertionError("no end of files");
      }
      FileNode node = entry.node();
      if (node.kind() == Kind.DIRECTORY) {
        go(node, child);
      } else if (node.kind() == Kind.SYMBOLIC_LINK) {
        paths.set(paths.size() - 1, child + " -> " + node.linkTarget());
      } else if (node.kind() == Kind.FILE) {
        long size = node.content().size();
        if (size != node.attributes().size()) {
          throw new AssertionError(child + " has ranges of " + size + " bytes");
        }
      }
    }
  }
}
