package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An open file of an edit. What is written is in the tree at once. A file that was to be emptied
 * when it was opened is overwritten first, and cut off when anything else reads the tree or this is
 * closed: so the new content takes the same blocks as the old, as far as it reaches.
 */
final class EditedChannel implements SeekableByteChannel {
  private final ChangingTree changes;
  private final OpenMode mode;
  private final String shown;

  /** The path of the file without links, and the file that must still be there. */
  private final List<String> path;

  private final Object key;

  private @Nullable FileNode node;
  private long stamp = -1;
  private long position;

  /** How many bytes of a file that is being replaced were written; -1 if none is being replaced. */
  private long replaced = -1;

  private boolean closed;

  EditedChannel(ChangingTree changes, OpenMode mode, ChangedPath path, FileNode node)
      throws IOException {
    this.changes = changes;
    this.mode = mode;
    this.shown = path.shown();
    this.path = path.whole();
    this.key = node.attributes().key();
  }

  /** Begins to replace the content of the file. */
  void replace() {
    replaced = 0;
  }

  private FileNode node() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    return found();
  }

  private FileNode found() throws IOException {
    if (node == null || stamp != changes.stamp()) {
      FileNode found = PathWalk.along(changes.tree().root(), path, false, shown).node();
      if (!found.attributes().key().equals(key)) {
        throw new NoSuchFileException(shown, null, "was replaced");
      }
      node = found;
      stamp = changes.stamp();
    }
    return node;
  }

  /** Cuts off what was not overwritten. If that fails, it remains to be done. */
  void settle() throws IOException {
    if (replaced >= 0) {
      long size = replaced;
      FileNode file = found();
      if (file.attributes().size() != size) {
        changes.change(edit -> edit.setSize(file, size));
      }
      replaced = -1;
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    FileNode _ = node();
    if (!mode.has(StandardOpenOption.READ)) {
      throw new NonReadableChannelException();
    }
    changes.settle();
    try (BlockDevice content = node().content()) {
      if (position >= content.size()) {
        return target.hasRemaining() ? -1 : 0;
      }
      int length = (int) Math.min(target.remaining(), content.size() - position);
      ByteBuffer part = target.slice(target.position(), length);
      content.read(position, part);
      target.position(target.position() + length);
      position += length;
      return length;
    }
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    FileNode _ = writable();
    int length = source.remaining();
    if (replaced < 0 || position > replaced) {
      changes.settle();
    }
    FileNode file = node();
    if (mode.has(StandardOpenOption.APPEND)) {
      position = replaced < 0 ? file.attributes().size() : replaced;
    }
    if (length > 0) {
      long at = position;
      changes.change(edit -> edit.write(file, at, MemorySegment.ofBuffer(source)));
      source.position(source.limit());
      position += length;
      if (replaced >= 0) {
        replaced = Math.max(replaced, position);
      }
    }
    return length;
  }

  private FileNode writable() throws IOException {
    FileNode file = node();
    if (!mode.writes()) {
      throw new NonWritableChannelException();
    }
    return file;
  }

  @Override
  public long position() throws IOException {
    FileNode _ = node();
    return mode.has(StandardOpenOption.APPEND) ? size() : position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) throws IOException {
    FileNode _ = node();
    if (newPosition < 0) {
      throw new IllegalArgumentException("position: " + newPosition);
    }
    position = newPosition;
    return this;
  }

  @Override
  public long size() throws IOException {
    changes.settle();
    return node().attributes().size();
  }

  @Override
  public SeekableByteChannel truncate(long size) throws IOException {
    FileNode _ = node();
    if (size < 0) {
      throw new IllegalArgumentException("size: " + size);
    }
    FileNode _ = writable();
    changes.settle();
    FileNode file = node();
    if (size < file.attributes().size()) {
      changes.change(edit -> edit.setSize(file, size));
    }
    position = Math.min(position, size);
    return this;
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      try {
        changes.closing(this);
        if (mode.has(StandardOpenOption.DELETE_ON_CLOSE) && changes.isOpen()) {
          changes.deleteIfThere(path, key);
        }
      } finally {
        closed = true;
      }
    }
  }
}
