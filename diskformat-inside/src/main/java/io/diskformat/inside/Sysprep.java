package io.diskformat.inside;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Makes a template of a guest: removes what is its own, such as host keys and logs, so that each
 * copy creates its own. The files are those of an {@link Edit}, which the caller commits, or of any
 * other file system.
 *
 * <pre>{@code
 * try (Edit edit = disk.edit(system.mounts())) {
 *   Sysprep.of(edit.files()).run(change -> print(change.path()));
 *   edit.commit();
 * }
 * }</pre>
 *
 * <p>Immutable: each method that changes a setting returns a new object.
 */
public final class Sysprep {
  /** The largest file from which lines are removed, in bytes. */
  private static final long MOST_BYTES = 1 << 20;

  private static final int SEED = 512;

  /** The kind of a change. */
  public enum Kind {
    /** The file is removed. */
    REMOVED,
    /** The file becomes empty. */
    EMPTIED,
    /** The content of the file changes. */
    REWRITTEN
  }

  /**
   * A change of a file.
   *
   * @param operation the operation that makes it
   * @param kind the kind of the change
   * @param path from the root
   */
  public record Change(String operation, Kind kind, String path) {}

  /** Receives the changes. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Receives a change before it is made.
     *
     * @throws IOException to end the work
     */
    void changes(Change change) throws IOException;
  }

  private final FileSystem files;
  private final List<SysprepOperation> operations;
  private final boolean dry;

  private Sysprep(FileSystem files, List<SysprepOperation> operations, boolean dry) {
    this.files = files;
    this.operations = List.copyOf(operations);
    this.dry = dry;
  }

  /** Returns all operations that there are, in the order of their names. */
  public static List<SysprepOperation> operations() {
    return SysprepOperations.ALL;
  }

  /**
   * Returns the default operations on a guest's files.
   *
   * @param files as the guest has them mounted
   */
  public static Sysprep of(FileSystem files) {
    return new Sysprep(
        Objects.requireNonNull(files),
        operations().stream().filter(SysprepOperation::isDefault).toList(),
        false);
  }

  /**
   * Returns this with these operations in place of its own.
   *
   * @param names of them
   * @throws IllegalArgumentException if there is none of a name
   */
  public Sysprep operations(Collection<String> names) {
    Map<String, SysprepOperation> known = new LinkedHashMap<>();
    operations().forEach(operation -> known.put(operation.name(), operation));
    List<SysprepOperation> chosen = new ArrayList<>();
    for (String name : names) {
      SysprepOperation operation = known.get(name);
      if (operation == null) {
        throw new IllegalArgumentException("no operation of sysprep: " + name);
      }
      chosen.add(operation);
    }
    return new Sysprep(files, chosen, dry);
  }

  /** Returns this as a dry run, whose listener receives the changes that would be made. */
  public Sysprep dryRun() {
    return new Sysprep(files, operations, true);
  }

  /**
   * Runs the operations.
   *
   * @return how many files changed
   * @throws io.diskformat.DiskFormatException if a file is damaged, or cannot be changed by this
   *     library
   * @throws IOException if a file cannot be read or changed; some may be changed then
   */
  public long run(Listener listener) throws IOException {
    long changed = 0;
    for (SysprepOperation operation : operations) {
      changed += new Run(operation, listener).run();
    }
    return changed;
  }

  /** One operation as it is done. */
  private final class Run {
    private final SysprepOperation operation;
    private final Listener listener;
    private long changed;

    Run(SysprepOperation operation, Listener listener) {
      this.operation = operation;
      this.listener = listener;
    }

    long run() throws IOException {
      for (Path path : find(operation.removed())) {
        removeAll(path);
      }
      for (Path path : find(operation.emptied())) {
        if (isRegular(path) && Files.size(path) > 0) {
          rewrite(path, Kind.EMPTIED, new byte[0]);
        }
      }
      for (Path path : find(operation.renewed())) {
        if (isRegular(path)) {
          byte[] seed = new byte[Math.clamp(Files.size(path), 1, SEED)];
          new SecureRandom().nextBytes(seed);
          rewrite(path, Kind.REWRITTEN, seed);
        }
      }
      // Bytes of letters in UTF-8 are no ends of lines, as some would be as characters.
      Pattern lines = Pattern.compile(operation.lines(), Pattern.DOTALL);
      for (Path path : find(operation.edited())) {
        loseLines(path, lines);
      }
      return changed;
    }

    private Set<Path> find(List<String> patterns) throws IOException {
      Set<Path> found = new LinkedHashSet<>();
      for (String pattern : patterns) {
        found.addAll(new PathPattern(pattern).find(files));
      }
      return found;
    }

    private static boolean isRegular(Path path) {
      return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** Removes a file, or a directory after all that is in it; links are not followed. */
    private void removeAll(Path top) throws IOException {
      if (!Files.exists(top, LinkOption.NOFOLLOW_LINKS)) {
        // It was in a directory that is gone.
        return;
      }
      Deque<Path> left = new ArrayDeque<>(List.of(top));
      Deque<Path> removed = new ArrayDeque<>();
      while (!left.isEmpty()) {
        Path path = left.pop();
        removed.push(path);
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          PathPattern.children(path).forEach(left::push);
        }
      }
      for (Path path : removed) {
        change(path, Kind.REMOVED);
        if (!dry) {
          Files.delete(path);
        }
      }
    }

    private void change(Path path, Kind kind) throws IOException {
      changed++;
      listener.changes(new Change(operation.name(), kind, path.toString()));
    }

    private void rewrite(Path path, Kind kind, byte[] content) throws IOException {
      change(path, kind);
      if (!dry) {
        Path _ = Files.write(path, content);
      }
    }

    private void loseLines(Path path, Pattern lines) throws IOException {
      if (!isRegular(path) || Files.size(path) > MOST_BYTES) {
        return;
      }
      // Whatever its encoding, it is kept as it is.
      String text = Files.readString(path, StandardCharsets.ISO_8859_1);
      StringBuilder kept = new StringBuilder();
      for (String line : text.split("(?<=\n)", -1)) {
        if (!lines.matcher(line.stripTrailing()).matches()) {
          kept.append(line);
        }
      }
      if (kept.length() < text.length()) {
        rewrite(path, Kind.REWRITTEN, kept.toString().getBytes(StandardCharsets.ISO_8859_1));
      }
    }
  }
}
