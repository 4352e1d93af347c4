package io.diskformat.inside.ext;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the entries of a directory. A directory says itself which other it is in: one that was
 * found elsewhere is refused, and so is a second entry for the same directory. So no tree has a
 * circle, or more paths than entries.
 */
final class DirectoryEntries {
  private final ExtVolume volume;
  private final Inode directory;
  private final long parent;
  private final boolean hasTypes;
  private final DirectoryAreas areas;
  private final long mostBlocks;
  private final NumberSet directories = new NumberSet();
  private @Nullable ByteBuffer block;
  private long blocks;
  private int at;
  private boolean parentKnown;

  DirectoryEntries(ExtVolume volume, Inode directory, long parent) throws CorruptImageException {
    this(volume, directory, parent, Long.MAX_VALUE);
  }

  /**
   * Reads the entries in some blocks.
   *
   * @param mostBlocks that are read
   */
  DirectoryEntries(ExtVolume volume, Inode directory, long parent, long mostBlocks)
      throws CorruptImageException {
    this.mostBlocks = mostBlocks;
    this.volume = volume;
    this.directory = directory;
    this.parent = parent;
    this.hasTypes = volume.superblock().hasIncompatible(Features.FILETYPE);
    this.areas =
        directory.has(Inode.INLINE)
            ? new InlineDirectory(volume, directory)
            : new DirectoryBlocks(volume, directory);
    if (areas.parent() != 0) {
      checkParent(areas.parent());
    }
  }

  /** Returns the next entry that is a file's, or null after the last. */
  @Nullable DirectoryEntry next() throws IOException {
    for (DirectoryEntry entry = read(); entry != null; entry = read()) {
      if (entry.inode() == 0 || entry.isItself()) {
        continue;
      }
      if (entry.isParent()) {
        checkParent(entry.inode());
      } else {
        check(entry);
        return entry;
      }
    }
    return null;
  }

  private @Nullable DirectoryEntry read() throws IOException {
    ByteBuffer bytes = block;
    if (bytes == null || at >= bytes.capacity()) {
      bytes = blocks == mostBlocks ? null : areas.next();
      blocks++;
      block = bytes;
      at = 0;
      if (bytes == null) {
        return null;
      }
    }
    int length = DirectoryEntry.lengthAt(bytes, at, bytes.capacity(), hasTypes);
    if (length < 0) {
      throw areas.corrupt(areas.position() + at, "has an entry of a length that cannot be");
    }
    DirectoryEntry entry = DirectoryEntry.at(bytes, at, hasTypes, length);
    at += length;
    return entry;
  }

  private void checkParent(long inode) throws CorruptImageException {
    if (inode != parent) {
      throw areas.corrupt(
          areas.position(),
          "is in inode %d by its own account, and was found in %d".formatted(inode, parent));
    }
    parentKnown = true;
  }

  private void check(DirectoryEntry entry) throws CorruptImageException {
    if (!parentKnown) {
      volume.enterWithoutParent(directory, parent);
      parentKnown = true;
    }
    if (entry.name().isEmpty()) {
      throw areas.corrupt(areas.position(), "has an entry without a name");
    }
    if (entry.inode() == directory.number()) {
      // The root says of itself that it is in the root, so that its parent does not show this.
      throw areas.corrupt(areas.position(), "has an entry for itself");
    }
    if (entry.kind() == Kind.DIRECTORY && !directories.add(entry.inode())) {
      throw areas.corrupt(
          areas.position(), "has two entries for the directory that is inode " + entry.inode());
    }
  }
}
