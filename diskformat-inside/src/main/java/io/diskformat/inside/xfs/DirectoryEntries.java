package io.diskformat.inside.xfs;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the entries of a directory. A directory says first which other it is in: one that was found
 * elsewhere is refused, and so is a second entry for the same directory. So no tree has a circle,
 * or more paths than entries.
 */
final class DirectoryEntries {
  private final XfsVolume volume;
  private final Inode directory;
  private final long parent;
  private final DirectoryAreas areas;

  /** Those of directories, and of what may be one. */
  private final Set<Long> inodes = new HashSet<>();

  private boolean parentKnown;

  DirectoryEntries(XfsVolume volume, Inode directory, long parent) throws IOException {
    this.volume = volume;
    this.directory = directory;
    this.parent = parent;
    Fork fork = directory.data();
    this.areas =
        fork.isLocal() ? new ShortDirectory(volume, fork) : new DirectoryBlocks(volume, fork);
  }

  /** Returns the next entry that is a file's, or null after the last. */
  @Nullable DirectoryEntry next() throws IOException {
    for (DirectoryEntry entry = areas.next(); entry != null; entry = areas.next()) {
      if (entry.isItself()) {
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

  private void checkParent(long inode) throws CorruptImageException {
    if (inode != parent) {
      throw corrupt("is in inode " + inode + " by its own account, and was found in " + parent);
    }
    parentKnown = true;
  }

  private void check(DirectoryEntry entry) throws IOException {
    if (!parentKnown) {
      throw corrupt("does not say first which directory it is in");
    }
    if (entry.name().isEmpty()) {
      throw corrupt("has an entry without a name");
    }
    if (entry.inode() == directory.number()) {
      // Only the root is where it says that it is, so that it might be found in itself for ever.
      throw corrupt("has an entry for itself");
    }
    Kind kind = entry.kind();
    boolean possible = kind == null || kind == Kind.DIRECTORY;
    if (possible && !inodes.add(entry.inode()) && isDirectory(entry)) {
      throw corrupt("has two entries for the directory that is inode " + entry.inode());
    }
  }

  private boolean isDirectory(DirectoryEntry entry) throws IOException {
    return entry.kind() != null || volume.inode(entry.inode()).kind() == Kind.DIRECTORY;
  }

  private CorruptImageException corrupt(String problem) {
    return volume.corrupt(
        "directory", directory.position(), "of inode " + directory.number() + " " + problem);
  }
}
