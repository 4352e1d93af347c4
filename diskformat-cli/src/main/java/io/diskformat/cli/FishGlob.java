package io.diskformat.cli;

import io.diskformat.inside.Volume;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.PatternSyntaxException;

/**
 * Patterns of guestfish: as those of a shell, with braces, each within one name. A name that begins
 * with a dot matches where the pattern has the dot, too.
 */
final class FishGlob {
  private FishGlob() {}

  /**
   * Returns the volumes or the files of the guest that match, in the order of their names.
   *
   * @throws IllegalArgumentException if it is no pattern
   */
  static List<String> expand(Fish fish, String pattern) throws IOException {
    try {
      return pattern.startsWith("/dev/") ? devices(fish, pattern) : files(fish, pattern);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(pattern + ": no pattern; " + e.getDescription(), e);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static List<String> devices(Fish fish, String pattern) throws IOException {
    PathMatcher matcher = Path.of("/").getFileSystem().getPathMatcher("glob:" + pattern);
    TreeSet<String> found = new TreeSet<>();
    for (Volume volume : fish.session().disk().volumes()) {
      for (String name : List.of(volume.name(), volume.parent())) {
        if (name.startsWith("/dev/") && matcher.matches(Path.of(name))) {
          found.add(name);
        }
      }
    }
    return List.copyOf(found);
  }

  private static List<String> files(Fish fish, String pattern) throws IOException {
    if (!pattern.startsWith("/")) {
      throw new IllegalArgumentException(pattern + ": a path begins with a slash");
    }
    List<Path> found = List.of(fish.path("/"));
    boolean directories = pattern.endsWith("/");
    for (String part : pattern.split("/", -1)) {
      if (!part.isEmpty()) {
        found = matches(found, part);
      }
    }
    TreeSet<String> names = new TreeSet<>();
    for (Path path : found) {
      boolean directory = Files.isDirectory(path);
      if (directory || !directories) {
        names.add(directory && path.getFileName() != null ? path + "/" : path.toString());
      }
    }
    return List.copyOf(names);
  }

  private static List<Path> matches(List<Path> directories, String part) throws IOException {
    boolean pattern = part.chars().anyMatch(c -> "*?[{\\".indexOf(c) >= 0);
    List<Path> found = new ArrayList<>();
    for (Path directory : directories) {
      if (pattern) {
        add(directory, part, found);
      } else if (Files.exists(directory.resolve(part), LinkOption.NOFOLLOW_LINKS)) {
        found.add(directory.resolve(part));
      }
    }
    return found;
  }

  private static void add(Path directory, String part, List<Path> found) throws IOException {
    FileSystem files = directory.getFileSystem();
    PathMatcher matcher = files.getPathMatcher("glob:" + part);
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
        for (Path child : children) {
          Path name = child.getFileName();
          boolean hidden = String.valueOf(name).startsWith(".") && !part.startsWith(".");
          if (name != null && !hidden && matcher.matches(name)) {
            found.add(child);
          }
        }
      }
    }
  }
}
