package io.diskformat.filesystem;

import java.util.List;

/**
 * The files of a file system, read as they are asked for. Safe for use by many threads, as long as
 * the device that it is read from is open.
 */
public interface FileTree {

  /** Returns what kind of tree this is, for example {@code rockridge}. */
  String kind();

  /** Returns the label of the volume; empty if it has none. */
  String label();

  /** Returns whether files have owners and permissions. */
  boolean hasPosixAttributes();

  /** Returns whether files may have extended attributes. */
  default boolean hasExtendedAttributes() {
    return false;
  }

  /**
   * Returns what may be wrong with the tree as a whole, each in one sentence. The files can be read
   * all the same, but may be in an older state than their last.
   */
  default List<String> problems() {
    return List.of();
  }

  /** Returns the directory that all files are in. */
  FileNode root();
}
