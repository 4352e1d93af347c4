package io.diskformat.filesystem;

import java.io.IOException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A path in a tree of files. A relative one begins at the root as well. A path from the listing of
 * a directory knows its file, which then need not be looked up again, unless the tree is being
 * changed.
 */
final class TreePath implements Path {
  private final ResolvingFileSystem fileSystem;
  private final boolean absolute;

  /** The names of the path: the root has none, the empty path one that is empty. */
  private final List<String> names;

  private final @Nullable FileNode node;

  /** The text that this was read of, if there are slashes in it that a path has no need of. */
  private final @Nullable String given;

  /** Whether that text is what a link has, which is shown as it is. */
  private final boolean isTarget;

  private TreePath(
      ResolvingFileSystem fileSystem,
      boolean absolute,
      List<String> names,
      @Nullable FileNode node) {
    this(fileSystem, absolute, names, node, null, false);
  }

  private TreePath(
      ResolvingFileSystem fileSystem,
      boolean absolute,
      List<String> names,
      @Nullable FileNode node,
      @Nullable String given,
      boolean isTarget) {
    this.fileSystem = fileSystem;
    this.absolute = absolute;
    this.names = absolute || !names.isEmpty() ? names : List.of("");
    this.node = node;
    this.given = given;
    this.isTarget = isTarget;
  }

  /**
   * Reads a path.
   *
   * @throws InvalidPathException if a NUL is in it
   */
  static TreePath of(ResolvingFileSystem fileSystem, String path) {
    return read(fileSystem, path, false);
  }

  /**
   * Reads where a link leads. As with the JDK's own paths of that kind, {@link #toString} is all of
   * that, with slashes that mean nothing.
   *
   * @throws InvalidPathException if a NUL is in it
   */
  static TreePath ofTarget(ResolvingFileSystem fileSystem, String target) {
    return read(fileSystem, target, true);
  }

  private static TreePath read(ResolvingFileSystem fileSystem, String path, boolean isTarget) {
    int nul = path.indexOf('\0');
    if (nul >= 0) {
      throw new InvalidPathException(path, "NUL in a path", nul);
    }
    List<String> names =
        Arrays.stream(path.split("/", -1)).filter(name -> !name.isEmpty()).toList();
    boolean absolute = path.startsWith("/");
    boolean plain = path.length() == length(absolute, names);
    return new TreePath(fileSystem, absolute, names, null, plain ? null : path, isTarget);
  }

  private static int length(boolean absolute, List<String> names) {
    int slashes = Math.max(0, names.size() - 1) + (absolute ? 1 : 0);
    return slashes + names.stream().mapToInt(String::length).sum();
  }

  /** Returns what a link to this path has: the text that this was read of. */
  String target() {
    return given == null ? plain() : given;
  }

  static TreePath absolute(ResolvingFileSystem fileSystem, List<String> names) {
    return new TreePath(fileSystem, true, names, null);
  }

  /**
   * Returns the path of a file in this directory.
   *
   * @param child the file, or null if it must be looked up
   */
  TreePath child(String name, @Nullable FileNode child) {
    return new TreePath(fileSystem, absolute, joined(named(), List.of(name)), child);
  }

  /** Returns the file, itself and not what it may be a link to, if it is known. */
  @Nullable FileNode node() {
    return node;
  }

  /** Returns the names from the root on, none of them empty. */
  List<String> named() {
    return isEmpty() ? List.of() : names;
  }

  private boolean isEmpty() {
    return !absolute && names.size() == 1 && names.getFirst().isEmpty();
  }

  private TreePath with(boolean ofAbsolute, List<String> otherNames) {
    return new TreePath(fileSystem, ofAbsolute, otherNames, null);
  }

  private static List<String> joined(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first.size() + second.size());
    all.addAll(first);
    all.addAll(second);
    return Collections.unmodifiableList(all);
  }

  private TreePath mine(Path other) {
    if (Objects.requireNonNull(other) instanceof TreePath path
        && path.fileSystem.equals(fileSystem)) {
      return path;
    }
    throw new ProviderMismatchException();
  }

  @Override
  public ResolvingFileSystem getFileSystem() {
    return fileSystem;
  }

  @Override
  public boolean isAbsolute() {
    return absolute;
  }

  @Override
  public @Nullable Path getRoot() {
    return absolute ? with(true, List.of()) : null;
  }

  @Override
  public @Nullable Path getFileName() {
    return names.isEmpty() ? null : with(false, List.of(names.getLast()));
  }

  @Override
  public @Nullable Path getParent() {
    if (names.size() > 1 || (absolute && names.size() == 1)) {
      return with(absolute, names.subList(0, names.size() - 1));
    }
    return null;
  }

  @Override
  public int getNameCount() {
    return names.size();
  }

  @Override
  public Path getName(int index) {
    return subpath(index, index + 1);
  }

  @Override
  public Path subpath(int begin, int end) {
    if (begin < 0 || end <= begin || end > names.size()) {
      throw new IllegalArgumentException(begin + " to " + end + " of " + this);
    }
    return with(false, names.subList(begin, end));
  }

  @Override
  public boolean startsWith(Path other) {
    return other instanceof TreePath path
        && path.fileSystem.equals(fileSystem)
        && path.absolute == absolute
        && path.names.size() <= names.size()
        && names.subList(0, path.names.size()).equals(path.names);
  }

  @Override
  public boolean endsWith(Path other) {
    if (!(other instanceof TreePath path) || !path.fileSystem.equals(fileSystem)) {
      return false;
    }
    int before = names.size() - path.names.size();
    return before >= 0
        && (!path.absolute || (absolute && before == 0))
        && names.subList(before, names.size()).equals(path.names);
  }

  @Override
  public Path normalize() {
    List<String> kept = new ArrayList<>();
    for (String name : named()) {
      boolean up = name.equals("..");
      if (up && !kept.isEmpty() && !kept.getLast().equals("..")) {
        kept.removeLast();
      } else if (!name.equals(".") && !(up && absolute)) {
        kept.add(name);
      }
    }
    return with(absolute, Collections.unmodifiableList(kept));
  }

  @Override
  public Path resolve(Path other) {
    TreePath path = mine(other);
    if (path.absolute) {
      return path;
    }
    if (path.isEmpty()) {
      return this;
    }
    return with(absolute, joined(named(), path.names));
  }

  @Override
  public Path relativize(Path other) {
    TreePath path = mine(other);
    if (path.absolute != absolute) {
      throw new IllegalArgumentException("one of them is absolute: " + this + " and " + other);
    }
    List<String> here = named();
    List<String> there = path.named();
    int common = 0;
    while (common < Math.min(here.size(), there.size())
        && here.get(common).equals(there.get(common))) {
      common++;
    }
    List<String> up = Collections.nCopies(here.size() - common, "..");
    return with(false, joined(up, there.subList(common, there.size())));
  }

  @Override
  public URI toUri() {
    return fileSystem.uriOf(toAbsolutePath().toString());
  }

  @Override
  public Path toAbsolutePath() {
    return absolute && !isTarget ? this : new TreePath(fileSystem, true, named(), node);
  }

  @Override
  public Path toRealPath(LinkOption... options) throws IOException {
    boolean follow = !Arrays.asList(options).contains(LinkOption.NOFOLLOW_LINKS);
    return with(true, fileSystem.realNames(named(), follow));
  }

  /** Watching for changes is not supported. */
  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int compareTo(Path other) {
    return plain().compareTo(mine(other).plain());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TreePath path
        && path.fileSystem.equals(fileSystem)
        && path.absolute == absolute
        && path.names.equals(names);
  }

  @Override
  public int hashCode() {
    return names.hashCode() * 31 + Boolean.hashCode(absolute);
  }

  private String plain() {
    return (absolute ? "/" : "") + String.join("/", names);
  }

  @Override
  public String toString() {
    return isTarget ? target() : plain();
  }
}
