package io.diskformat.cli;

import io.diskformat.Reference;
import io.diskformat.ReferencePolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The options of a new image that tell of its backing file, however they were given. */
final class BackingOptions {
  private static final String FILE = "backing_file";
  private static final String FORMAT = "backing_fmt";

  private BackingOptions() {}

  /**
   * Adds what was given by options of the tool's own to what was given by {@code -o}.
   *
   * @param options those given by {@code -o}, which are changed
   * @return the name of the backing file, or null if there is to be none
   * @throws IllegalArgumentException if they make no sense
   */
  static @Nullable String merge(
      Map<String, String> options, @Nullable String file, @Nullable String format, Path image) {
    if (file != null) {
      options.put(FILE, file);
    }
    if (format != null) {
      options.put(FORMAT, format);
    }
    String name = options.get(FILE);
    if (name == null) {
      if (options.containsKey(FORMAT)) {
        throw new IllegalArgumentException(
            image + ": a backing format is of no use without a backing file");
      }
    } else if (name.isEmpty()) {
      throw new IllegalArgumentException(image + ": the name of the backing file is empty");
    } else if (locate(image, name).equals(image.toAbsolutePath().normalize())) {
      throw new IllegalArgumentException(image + ": cannot be its own backing file");
    }
    return name;
  }

  /** Returns the format that was named for the backing file. */
  static String format(Map<String, String> options, Path image) {
    String format = options.get(FORMAT);
    if (format == null) {
      throw new IllegalArgumentException(
          image + ": backing file named without its format, which -F names");
    }
    return format;
  }

  /** Returns where the name of a backing file leads: a relative one from the image on. */
  static Path locate(Path image, String name) {
    return image.toAbsolutePath().resolveSibling(name).normalize();
  }

  /** Returns a policy that allows as well the backing file that the user named. */
  static ReferencePolicy allowing(Path image, String name, ReferencePolicy others)
      throws IOException {
    Path named = locate(image, name).toRealPath();
    return reference ->
        (reference.kind() == Reference.Kind.BACKING_FILE && reference.target().equals(named))
            || others.allows(reference);
  }
}
