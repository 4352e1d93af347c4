package io.diskformat.opening;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rule for names of other files that a policy can allow at all: one for the names that an image
 * records and for those that a new one is to record.
 */
final class ReferenceName {
  /** The longest name of a backing file that a qcow2 image can record, in bytes. */
  private static final int MAX_BYTES = 1023;

  /** A scheme before the first slash: QEMU would take such a name for a protocol. */
  private static final Pattern PROTOCOL = Pattern.compile("[^/]*:.*", Pattern.DOTALL);

  private ReferenceName() {}

  /** Returns whether QEMU would take a name for that of a protocol, not of a file. */
  static boolean isProtocol(String name) {
    return PROTOCOL.matcher(name).matches();
  }

  /**
   * Returns where a name leads, or empty if no file of such a name is ever opened.
   *
   * @param from the image that holds the name, to which relative names are relative, or null if it
   *     is no file
   */
  static Optional<Path> locate(String name, @Nullable Path from) {
    return isProtocol(name) ? Optional.empty() : locateFile(name, from);
  }

  /** Returns where the name of a file leads; otherwise as {@link #locate}. */
  static Optional<Path> locateFile(String name, @Nullable Path from) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(from == null ? Path.of(name) : from.resolveSibling(name));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** Returns why a new image must not record a name, or empty if it may. */
  static Optional<String> problem(String name) {
    if (name.isEmpty()) {
      return Optional.of("the name is empty");
    }
    if (isProtocol(name)) {
      return Optional.of(
          "it is no plain file name, but one of a protocol; if it is a file, write ./" + name);
    }
    return unusable(name, name);
  }

  /**
   * Returns why no image can record a name, or no file has such a name, or empty if that can be.
   */
  static Optional<String> unusable(String name, String file) {
    if (locateFile(file, null).isEmpty()) {
      return Optional.of("it is no file name");
    }
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    return bytes > MAX_BYTES
        ? Optional.of("the name has " + bytes + " bytes, more than " + MAX_BYTES)
        : Optional.empty();
  }
}
