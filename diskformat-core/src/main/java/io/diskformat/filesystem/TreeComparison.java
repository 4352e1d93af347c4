package io.diskformat.filesystem;

import io.diskformat.filesystem.FileChange.Aspect;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares two trees of files: which there are, of what kind, their permissions, their content, and
 * where links lead, none of which is followed. Where one of the two records no permissions or
 * owners, these do not count. Trees may be of any file system.
 *
 * <pre>{@code
 * long different = TreeComparison.of(before, after).run(change -> print(change.path()));
 * }</pre>
 *
 * <p>Immutable: each method that changes a setting returns a new object. A directory's names are in
 * memory while it is compared, and those of directories that are still to be.
 */
public final class TreeComparison {
  private static final int BUFFER = 1 << 16;

  private final Path before;
  private final Path after;
  private final Set<Aspect> more;

  /** Receives the files in which the trees differ. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Receives a file.
     *
     * @throws IOException to end the comparison
     */
    void changed(FileChange change) throws IOException;
  }

  private TreeComparison(Path before, Path after, Set<Aspect> more) {
    this.before = before;
    this.after = after;
    this.more = more;
  }

  /**
   * Returns a comparison of two directories, and all that is in them.
   *
   * @param before the first tree
   * @param after the second tree
   */
  public static TreeComparison of(Path before, Path after) {
    return new TreeComparison(
        Objects.requireNonNull(before), Objects.requireNonNull(after), Set.of());
  }

  /** Returns this comparison of owners and groups as well. */
  public TreeComparison owners() {
    return with(Aspect.OWNER);
  }

  /** Returns this comparison of when files were modified as well, directories too. */
  public TreeComparison times() {
    return with(Aspect.TIME);
  }

  /** Returns this comparison of extended attributes as well, in the name space of users. */
  public TreeComparison extendedAttributes() {
    return with(Aspect.ATTRIBUTES);
  }

  private TreeComparison with(Aspect aspect) {
    EnumSet<Aspect> all = EnumSet.of(aspect);
    all.addAll(more);
    return new TreeComparison(before, after, all);
  }

  /** A file of either tree, or of both. */
  private record Pair(String path, @Nullable Path before, @Nullable Path after) {}

  /**
   * Compares the trees.
   *
   * @param listener of files that differ, in the order of their names, a directory before what is
   *     in it
   * @return how many differ
   * @throws IOException if a file cannot be read, or the listener ends the comparison
   */
  public long run(Listener listener) throws IOException {
    Deque<Pair> left = new ArrayDeque<>();
    left.push(new Pair("", before, after));
    long found = 0;
    while (!left.isEmpty()) {
      Pair pair = left.pop();
      FileFacts one = pair.before() == null ? null : FileFacts.of(pair.before());
      FileFacts other = pair.after() == null ? null : FileFacts.of(pair.after());
      Set<Aspect> aspects = aspects(pair, one, other);
      if (one == null || other == null || !aspects.isEmpty()) {
        found++;
        listener.changed(
            new FileChange(
                pair.path().isEmpty() ? "/" : pair.path(),
                Optional.ofNullable(one),
                Optional.ofNullable(other),
                aspects));
      }
      List<Pair> children = children(pair, one, other);
      for (int i = children.size() - 1; i >= 0; i--) {
        left.push(children.get(i));
      }
    }
    return found;
  }

  private static List<Pair> children(Pair pair, @Nullable FileFacts one, @Nullable FileFacts other)
      throws IOException {
    Map<String, Path> first = list(pair.before(), one);
    Map<String, Path> second = list(pair.after(), other);
    TreeSet<String> names = new TreeSet<>(first.keySet());
    names.addAll(second.keySet());
    List<Pair> children = new ArrayList<>();
    for (String name : names) {
      children.add(new Pair(pair.path() + "/" + name, first.get(name), second.get(name)));
    }
    return children;
  }

  private static Map<String, Path> list(@Nullable Path directory, @Nullable FileFacts facts)
      throws IOException {
    Map<String, Path> names = new TreeMap<>();
    if (directory == null || facts == null || !facts.isDirectory()) {
      return names;
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        names.put(String.valueOf(child.getFileName()), child);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  private Set<Aspect> aspects(Pair pair, @Nullable FileFacts one, @Nullable FileFacts other)
      throws IOException {
    EnumSet<Aspect> found = EnumSet.noneOf(Aspect.class);
    if (one == null || other == null || pair.before() == null || pair.after() == null) {
      return found;
    }
    if (one.kind() != other.kind()) {
      found.add(Aspect.KIND);
      return found;
    }
    add(found, Aspect.TARGET, !one.target().equals(other.target()));
    add(found, Aspect.DEVICE, one.device() != other.device());
    boolean both = one.permissions() >= 0 && other.permissions() >= 0;
    add(found, Aspect.PERMISSIONS, both && one.permissions() != other.permissions());
    add(
        found,
        Aspect.OWNER,
        more.contains(Aspect.OWNER)
            && both
            && (one.owner() != other.owner() || one.group() != other.group()));
    add(found, Aspect.TIME, more.contains(Aspect.TIME) && !one.modified().equals(other.modified()));
    add(
        found,
        Aspect.ATTRIBUTES,
        more.contains(Aspect.ATTRIBUTES)
            && !FileFacts.extendedAttributes(pair.before())
                .equals(FileFacts.extendedAttributes(pair.after())));
    add(
        found,
        Aspect.CONTENT,
        one.isRegular() && (one.size() != other.size() || differ(pair.before(), pair.after())));
    return found;
  }

  private static void add(Set<Aspect> found, Aspect aspect, boolean differs) {
    if (differs) {
      found.add(aspect);
    }
  }

  private static boolean differ(Path one, Path other) throws IOException {
    byte[] first = new byte[BUFFER];
    byte[] second = new byte[BUFFER];
    try (InputStream from = Files.newInputStream(one);
        InputStream too = Files.newInputStream(other)) {
      while (true) {
        int length = from.readNBytes(first, 0, BUFFER);
        if (length != too.readNBytes(second, 0, BUFFER)
            || !Arrays.equals(first, 0, length, second, 0, length)) {
          return true;
        }
        if (length < BUFFER) {
          return false;
        }
      }
    }
  }
}
