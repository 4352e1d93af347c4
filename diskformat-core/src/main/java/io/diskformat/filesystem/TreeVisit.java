package io.diskformat.filesystem;

import io.diskformat.DiskFormatException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Visits all files of a tree, depth first, in the order in which directories store them. It keeps
 * one cursor for each level and nothing else, however many files there are.
 *
 * @param <D> what a visitor keeps of a directory while its files are visited
 */
final class TreeVisit<D> {
  /** The deepest level to visit: deeper than any host's paths. */
  private static final int MOST_LEVELS = 2048;

  /** Receives the files. */
  interface Visitor<D> {
    /** Called before the files of a directory are visited; null leaves them out. */
    @Nullable D enter(@Nullable D parent, String path, FileNode.Entry directory) throws IOException;

    /** Called for a file that is no directory. */
    void visit(D parent, String path, FileNode.Entry file) throws IOException;

    /** Called after the files of a directory were visited. */
    void leave(D directory, FileNode node) throws IOException;

    /** Called for a corrupt file; a directory may be corrupt only from some point on. */
    void unreadable(String path, DiskFormatException why) throws IOException;
  }

  private final Visitor<D> visitor;
  private final Deque<Level<D>> levels = new ArrayDeque<>();

  private TreeVisit(Visitor<D> visitor) {
    this.visitor = visitor;
  }

  private record Level<D>(D kept, String path, FileNode node, FileNode.Cursor cursor) {}

  /**
   * Visits all that is below a directory.
   *
   * @param kept of the directory itself
   * @throws InterruptedIOException if the calling thread is interrupted
   */
  static <D> void all(FileNode directory, D kept, Visitor<D> visitor) throws IOException {
    TreeVisit<D> visit = new TreeVisit<>(visitor);
    visit.open("", kept, directory);
    visit.go();
  }

  private void open(String path, D kept, FileNode directory) throws IOException {
    try {
      if (levels.size() >= MOST_LEVELS) {
        throw new DiskFormatException(path + ": is more than " + MOST_LEVELS + " levels deep");
      }
      levels.push(new Level<>(kept, path, directory, directory.list()));
    } catch (DiskFormatException e) {
      visitor.unreadable(path, e);
      visitor.leave(kept, directory);
    }
  }

  private void go() throws IOException {
    while (!levels.isEmpty()) {
      if (Thread.interrupted()) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      }
      Level<D> level = levels.element();
      FileNode.Entry entry = next(level);
      if (entry == null) {
        levels.pop();
        visitor.leave(level.kept(), level.node());
        continue;
      }
      String path = level.path() + "/" + entry.name();
      NodeAttributes.Kind kind = kind(entry, path);
      if (kind == null) {
        continue;
      }
      if (kind == NodeAttributes.Kind.DIRECTORY) {
        D kept = visitor.enter(level.kept(), path, entry);
        if (kept != null) {
          open(path, kept, entry.node());
        }
      } else {
        visitor.visit(level.kept(), path, entry);
      }
    }
  }

  private NodeAttributes.@Nullable Kind kind(FileNode.Entry entry, String path) throws IOException {
    try {
      return entry.node().kind();
    } catch (DiskFormatException e) {
      visitor.unreadable(path, e);
      return null;
    }
  }

  private FileNode.@Nullable Entry next(Level<D> level) throws IOException {
    try {
      return level.cursor().next();
    } catch (DiskFormatException e) {
      visitor.unreadable(level.path(), e);
      return null;
    }
  }
}
