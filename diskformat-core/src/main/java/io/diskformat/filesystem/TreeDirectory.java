package io.diskformat.filesystem;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The names in a directory, which is read while they are iterated. For one thread. */
final class TreeDirectory implements DirectoryStream<Path> {
  private final TreePath path;
  private final FileNode.Cursor cursor;
  private final boolean changing;
  private final DirectoryStream.Filter<? super Path> filter;
  private boolean iterated;
  private volatile boolean closed;

  /**
   * Creates a stream.
   *
   * @param changing whether the files may change meanwhile; then the directory is read at once
   */
  TreeDirectory(
      TreePath path,
      FileNode.Cursor cursor,
      DirectoryStream.Filter<? super Path> filter,
      boolean changing)
      throws IOException {
    this.path = path;
    this.cursor = changing ? readAhead(cursor) : cursor;
    this.changing = changing;
    this.filter = filter;
  }

  private static FileNode.Cursor readAhead(FileNode.Cursor cursor) throws IOException {
    Deque<FileNode.Entry> entries = new ArrayDeque<>();
    for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      entries.add(entry);
    }
    return entries::poll;
  }

  @Override
  public Iterator<Path> iterator() {
    if (iterated || closed) {
      throw new IllegalStateException(closed ? "closed" : "gone over already");
    }
    iterated = true;
    return new Children();
  }

  private final class Children implements Iterator<Path> {
    private @Nullable Path next;

    @Override
    public boolean hasNext() {
      if (next == null && !closed) {
        try {
          next = read();
        } catch (IOException e) {
          throw new DirectoryIteratorException(e);
        }
      }
      return next != null;
    }

    private @Nullable Path read() throws IOException {
      for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
        Path child = path.child(entry.name(), changing ? null : entry.node());
        if (filter.accept(child)) {
          return child;
        }
      }
      return null;
    }

    @Override
    public Path next() {
      Path result = hasNext() ? next : null;
      if (result == null) {
        throw new NoSuchElementException();
      }
      next = null;
      return result;
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
