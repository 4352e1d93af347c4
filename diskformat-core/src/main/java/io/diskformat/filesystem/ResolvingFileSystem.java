package io.diskformat.filesystem;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.util.List;

/** A file system, as its paths see it. */
abstract class ResolvingFileSystem extends FileSystem {

  /**
   * Returns the names of a path without links among them, from the root on.
   *
   * @param names from the root on
   * @param followLast whether to follow the last as well
   */
  abstract List<String> realNames(List<String> names, boolean followLast) throws IOException;

  /** Returns the URI of an absolute path. */
  abstract URI uriOf(String absolutePath);
}
