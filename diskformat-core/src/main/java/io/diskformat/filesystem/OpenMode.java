package io.diskformat.filesystem;

import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * How a file is opened.
 *
 * @param options of the JDK; among them one to read or to write
 * @param followsLinks whether a link that the path ends in is followed
 */
record OpenMode(Set<StandardOpenOption> options, boolean followsLinks) {

  /**
   * Reads options.
   *
   * @throws UnsupportedOperationException if one is not known
   * @throws IllegalArgumentException if some exclude each other
   */
  static OpenMode of(Set<? extends OpenOption> wanted) {
    EnumSet<StandardOpenOption> options = EnumSet.noneOf(StandardOpenOption.class);
    boolean follows = true;
    for (OpenOption option : wanted) {
      if (Objects.requireNonNull(option) instanceof StandardOpenOption known) {
        options.add(known);
      } else if (option == LinkOption.NOFOLLOW_LINKS) {
        follows = false;
      } else {
        throw new UnsupportedOperationException("to open with " + option);
      }
    }
    boolean appends = options.contains(StandardOpenOption.APPEND);
    if (appends) {
      options.add(StandardOpenOption.WRITE);
    } else if (!options.contains(StandardOpenOption.WRITE)) {
      options.add(StandardOpenOption.READ);
    }
    if (appends && options.contains(StandardOpenOption.READ)) {
      throw new IllegalArgumentException("to read and to append exclude each other");
    }
    if (appends && options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
      throw new IllegalArgumentException("to append and to truncate exclude each other");
    }
    boolean deletes = options.contains(StandardOpenOption.DELETE_ON_CLOSE);
    // As on Linux, an option for a new file wins, whether or not anything is written.
    boolean isNew = options.contains(StandardOpenOption.CREATE_NEW);
    return new OpenMode(options, isNew || (follows && !deletes));
  }

  boolean has(StandardOpenOption option) {
    return options.contains(option);
  }

  boolean writes() {
    return has(StandardOpenOption.WRITE);
  }
}
