package io.diskformat.cli;

import io.diskformat.DiskImages;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The options of a new image that name its backing file, however they were given. */
final class BackingOptions {
  private static final String FILE = "backing_file";
  private static final String FORMAT = "backing_fmt";

  private BackingOptions() {}

  /**
   * Adds the options {@code -b} and {@code -F} to those given by {@code -o}.
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
    if (name != null && name.isEmpty()) {
      throw new IllegalArgumentException(image + ": the name of the backing file is empty");
    }
    if (name != null && isSame(locate(image, name), image)) {
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

  private static boolean isSame(Path one, Path other) {
    return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
  }

  /**
   * Returns the path that the name of a backing file leads to, a relative one from the image on. It
   * keeps {@code ..}, as a link before that leads elsewhere.
   */
  static Path locate(Path image, String name) {
    return DiskImages.locateBacking(image, name).orElseGet(() -> image.resolveSibling(name));
  }
}
