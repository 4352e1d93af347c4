package io.diskformat.iso.build;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files of a disc to be made, by their paths: names with slashes between. */
final class NodeTree {
  /** As long as a name may be for POSIX systems, in bytes. */
  private static final int LONGEST_NAME = 255;

  private final Node root = Node.directory("", null);

  Node root() {
    return root;
  }

  /**
   * Returns the names of a path.
   *
   * @throws IllegalArgumentException if one can be no file's name
   */
  static List<String> names(String path) {
    List<String> names = new ArrayList<>();
    for (String name : path.split("/", -1)) {
      if (name.isEmpty()) {
        continue;
      }
      checkName(name, path);
      names.add(name);
    }
    return names;
  }

  private static void checkName(String name, String path) {
    if (name.equals(".") || name.equals("..") || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(path + ": not a path on a disc");
    }
  }

  private static void checkLength(String name, String path) {
    if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
      throw new IllegalArgumentException(path + ": a name of more than " + LONGEST_NAME + " bytes");
    }
  }

  /** Returns the file of a path, or null. */
  @Nullable Node find(String path) {
    Node at = root;
    for (String name : names(path)) {
      Node child = at.child(name);
      if (child == null) {
        return null;
      }
      at = child;
    }
    return at;
  }

  /** Makes files of nodes by their last names. */
  @FunctionalInterface
  interface Maker {
    Node make(String name);
  }

  /**
   * Puts a file at a path, in place of what is there. A directory that is there already keeps what
   * is in it, and gets the new one's attributes.
   *
   * @return the file that is there now
   * @throws IllegalArgumentException if the path leads through what is no directory, or is the root
   *     and the file is none
   */
  Node put(String path, Maker maker) {
    List<String> names = names(path);
    if (names.isEmpty()) {
      Node made = maker.make("");
      if (!made.isDirectory()) {
        throw new IllegalArgumentException(path + ": the root of a disc is a directory");
      }
      root.attributes(made.attributes());
      return root;
    }
    Node parent = root;
    for (String name : names.subList(0, names.size() - 1)) {
      Node child = parent.child(name);
      if (child == null) {
        checkLength(name, path);
        child = Node.directory(name, null);
        parent.put(child);
      } else if (!child.isDirectory()) {
        throw new IllegalArgumentException(path + ": " + name + " is no directory");
      }
      parent = child;
    }
    Node made = maker.make(names.getLast());
    Node before = parent.child(made.name());
    if (before == null) {
      checkLength(made.name(), path);
    }
    if (before != null && before.isDirectory() && made.isDirectory()) {
      before.attributes(made.attributes());
      return before;
    }
    parent.put(made);
    return made;
  }

  /** Removes a file, or a directory with all that is in it; returns whether there was one. */
  boolean remove(String path) {
    List<String> names = names(path);
    if (names.isEmpty()) {
      throw new IllegalArgumentException(path + ": the root of a disc cannot be removed");
    }
    Node parent = find(String.join("/", names.subList(0, names.size() - 1)));
    return parent != null && parent.remove(names.getLast()) != null;
  }
}
