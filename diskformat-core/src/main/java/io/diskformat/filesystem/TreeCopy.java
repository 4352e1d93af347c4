package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;

/** Copies and moves files to an edit, within it or from another tree. */
final class TreeCopy {
  private static final int BUFFER = 1 << 16;
  private static final int PERMISSIONS = 0777;

  private final TreeFileSystem from;
  private final TreeFileSystem to;

  TreeCopy(TreeFileSystem from, TreeFileSystem to) {
    this.from = from;
    this.to = to;
  }

  /** Copies one file as {@link java.nio.file.Files#copy} does. */
  void copy(TreePath source, TreePath target, CopyOption... options) throws IOException {
    EnumSet<StandardCopyOption> wanted = EnumSet.noneOf(StandardCopyOption.class);
    boolean follow = true;
    for (CopyOption option : options) {
      if (Objects.requireNonNull(option) == LinkOption.NOFOLLOW_LINKS) {
        follow = false;
      } else if (option instanceof StandardCopyOption known
          && known != StandardCopyOption.ATOMIC_MOVE) {
        wanted.add(known);
      } else {
        throw new UnsupportedOperationException("to copy with " + option);
      }
    }
    TreeChanges changes = to.changes();
    boolean replace = wanted.contains(StandardCopyOption.REPLACE_EXISTING);
    NodeAttributes attributes = from.node(source, follow).attributes();
    if (attributes.kind() == Kind.OTHER) {
      throw new FileSystemException(source.toString(), null, "is a file of a kind not copied");
    }
    Object key = from.equals(to) ? attributes.key() : null;
    TreePath place = changes.placeOfCopy(key, target, replace);
    if (place != null) {
      try {
        copy(source, place, attributes, follow);
        if (wanted.contains(StandardCopyOption.COPY_ATTRIBUTES)) {
          changes.setAttributes(place, attributes);
        }
        if (!place.equals(target)) {
          changes.replace(place, target);
        }
      } catch (IOException e) {
        changes.deletePart(place, e);
        throw e;
      }
    }
  }

  private void copy(TreePath source, TreePath target, NodeAttributes attributes, boolean follow)
      throws IOException {
    TreeChanges changes = to.changes();
    // The directory of the copy may allow less.
    OptionalInt mode =
        attributes.posix().isPresent() && to.hasPosixAttributes()
            ? OptionalInt.of(attributes.posix().get().mode() & PERMISSIONS)
            : OptionalInt.empty();
    switch (attributes.kind()) {
      case DIRECTORY -> changes.createDirectory(target, mode);
      case SYMBOLIC_LINK ->
          changes.createSymbolicLink(target, from.node(source, false).linkTarget());
      default -> copyContent(source, target, mode, follow);
    }
  }

  private void copyContent(TreePath source, TreePath target, OptionalInt mode, boolean follow)
      throws IOException {
    OpenMode writing = OpenMode.of(Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    try (SeekableByteChannel out = to.changes().open(target, writing, mode)) {
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
      long size = from.node(source, follow).attributes().size();
      for (long done = 0; done < size; done += buffer.limit()) {
        buffer.clear().limit((int) Math.min(BUFFER, size - done));
        // The node is looked up each time, as the copy may change the tree that it is in.
        try (BlockDevice content = from.node(source, follow).content()) {
          content.read(done, buffer);
        }
        int _ = out.write(buffer.flip());
      }
    }
  }

  /** Moves a file as {@link java.nio.file.Files#move} does. */
  void move(TreePath source, TreePath target, CopyOption... options) throws IOException {
    boolean replace = false;
    boolean atomic = false;
    for (CopyOption option : options) {
      if (Objects.requireNonNull(option) == StandardCopyOption.REPLACE_EXISTING) {
        replace = true;
      } else if (option == StandardCopyOption.ATOMIC_MOVE) {
        atomic = true;
      } else if (option != LinkOption.NOFOLLOW_LINKS) {
        throw new UnsupportedOperationException("to move with " + option);
      }
    }
    TreeChanges _ = from.changes();
    if (from.equals(to)) {
      try {
        to.changes().move(source, target, replace || atomic);
        return;
      } catch (AtomicMoveNotSupportedException e) {
        if (atomic) {
          throw e;
        }
      }
    } else if (atomic) {
      throw new AtomicMoveNotSupportedException(
          source.toString(), target.toString(), "they are in different file systems");
    }
    FileNode node = from.node(source, false);
    if (node.kind() == Kind.DIRECTORY && node.list().next() != null) {
      throw new DirectoryNotEmptyException(source.toString());
    }
    CopyOption[] copying =
        replace
            ? new CopyOption[] {
              LinkOption.NOFOLLOW_LINKS,
              StandardCopyOption.COPY_ATTRIBUTES,
              StandardCopyOption.REPLACE_EXISTING
            }
            : new CopyOption[] {LinkOption.NOFOLLOW_LINKS, StandardCopyOption.COPY_ATTRIBUTES};
    copy(source, target, copying);
    try {
      from.changes().delete(source);
    } catch (IOException e) {
      // It would be in both places.
      to.changes().deletePart(target, e);
      throw e;
    }
  }
}
