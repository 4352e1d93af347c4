package io.diskformat.opening;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the name of an image below says: a plain file and, perhaps, its format. The name is the
 * file's; or {@code file:} and then the file's; or {@code json:} with the file's name and format
 * and nothing else. A relative name is relative to the image that records it, in each of these
 * forms.
 *
 * <pre>
 * json:{"driver":"qcow2","file":{"driver":"file","filename":"base.qcow2"}}
 * json:{"driver":"qcow2","file.filename":"base.qcow2"}
 * json:{"driver":"file","filename":"base.raw"}
 * </pre>
 *
 * @param file the file's name
 * @param format the format that the name says, if it says one
 */
record BackingName(String file, Optional<String> format) {
  private static final String FILE = "file:";
  private static final String JSON = "json:";

  /** The driver by which QEMU opens a plain file. */
  private static final String FILE_DRIVER = "file";

  private static final String DRIVER = "driver";
  private static final String NAME = "filename";
  private static final String NESTED = "file.";

  /**
   * Reads a name.
   *
   * @throws IllegalArgumentException if it is not that of a plain file; the message says why
   */
  static BackingName of(String name) {
    if (name.startsWith(JSON)) {
      return ofJson(new HashMap<>(JsonName.members(name.substring(JSON.length()))));
    }
    if (name.startsWith(FILE)) {
      return new BackingName(name.substring(FILE.length()), Optional.empty());
    }
    if (ReferenceName.isProtocol(name)) {
      throw noPlainName();
    }
    return new BackingName(name, Optional.empty());
  }

  /**
   * Returns where a name leads, or empty if no file of such a name is ever opened.
   *
   * @param from the image that holds the name, or null if it is no file
   */
  static Optional<Path> locate(String name, @Nullable Path from) {
    try {
      return ReferenceName.locateFile(of(name).file(), from);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Returns why a new image must not record a name and a format, or empty if it may. */
  static Optional<String> problem(String name, Optional<String> format) {
    if (!name.startsWith(FILE) && !name.startsWith(JSON)) {
      return ReferenceName.problem(name);
    }
    try {
      BackingName said = of(name);
      Optional<String> _ = said.format(format);
      return ReferenceName.unusable(name, said.file());
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static IllegalArgumentException noPlainName() {
    return new IllegalArgumentException("it is no plain file name");
  }

  private static BackingName ofJson(Map<String, String> members) {
    Optional<String> driver = Optional.ofNullable(members.remove(DRIVER));
    boolean bare = driver.isPresent() && driver.get().equals(FILE_DRIVER);
    String prefix = bare ? "" : NESTED;
    String below = bare ? FILE_DRIVER : members.remove(NESTED + DRIVER);
    String name = members.remove(prefix + NAME);
    if (!members.isEmpty()) {
      throw JsonName.unsupported(members.keySet().stream().sorted().findFirst().orElseThrow());
    }
    if (below != null && !below.equals(FILE_DRIVER)) {
      throw new IllegalArgumentException(
          "its json: has the driver \"" + JsonName.printable(below) + "\", which is not supported");
    }
    if (name == null) {
      throw new IllegalArgumentException("its json: has no \"" + prefix + NAME + "\"");
    }
    if (below == null) {
      // Without a driver, QEMU would look for a protocol in the name.
      name = name.startsWith(FILE) ? name.substring(FILE.length()) : plain(name);
    }
    return new BackingName(name, bare ? Optional.of("raw") : driver);
  }

  private static String plain(String name) {
    if (ReferenceName.isProtocol(name)) {
      throw noPlainName();
    }
    return name;
  }

  /**
   * Returns the format of the image below.
   *
   * @param recorded the format that the image records beside the name
   * @throws IllegalArgumentException if the name says another; the message says so
   */
  Optional<String> format(Optional<String> recorded) {
    if (format.isPresent() && recorded.isPresent() && !format.equals(recorded)) {
      throw new IllegalArgumentException(
          "it says format "
              + JsonName.printable(format.get())
              + ", but the image records "
              + JsonName.printable(recorded.get()));
    }
    return format.or(() -> recorded);
  }
}
