package io.diskformat.inside;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A pattern of paths of a guest: {@code *} and {@code ?} are within one name, and do not begin one
 * that begins with a dot; {@code **} is a directory and all below it, where links are not followed.
 */
final class PathPattern {
  private final List<String> parts;

  PathPattern(String pattern) {
    this.parts = List.of(pattern.substring(1).split("/", -1));
  }

  /** Returns the paths of files that there are, in the order of their names in each directory. */
  List<Path> find(FileSystem files) throws IOException {
    List<Path> found = List.of(files.getPath("/"));
    for (String part : parts) {
      List<Path> next = new ArrayList<>();
      for (Path path : found) {
        if (part.equals("**")) {
          addDirectories(path, next);
        } else {
          add(path, part, next);
        }
      }
      found = next;
    }
    return found;
  }

  private static void add(Path directory, String part, List<Path> into) throws IOException {
    if (!part.contains("*") && !part.contains("?")) {
      Path path = directory.resolve(part);
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        into.add(path);
      }
      return;
    }
    Pattern names = names(part);
    for (Path child : children(directory)) {
      String name = String.valueOf(child.getFileName());
      if ((part.startsWith(".") || !name.startsWith(".")) && names.matcher(name).matches()) {
        into.add(child);
      }
    }
  }

  private static Pattern names(String part) {
    return Pattern.compile(
        part.chars()
            .mapToObj(c ->
                switch (c) {
                  case '*' -> ".*";
                  case '?' -> ".";
                  default -> Pattern.quote(Character.toString(c));
                })
            .collect(Collectors.joining()),
        Pattern.DOTALL);
  }

  private static void addDirectories(Path start, List<Path> into) throws IOException {
    Deque<Path> left = new ArrayDeque<>(List.of(start));
    while (!left.isEmpty()) {
      Path directory = left.pop();
      if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        into.add(directory);
        left.addAll(children(directory));
      }
    }
  }

  /** Returns the files of a directory; none if it is no directory. */
  static List<Path> children(Path directory) throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
        children.forEach(found::add);
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      }
    }
    return found.stream().sorted().toList();
  }
}
