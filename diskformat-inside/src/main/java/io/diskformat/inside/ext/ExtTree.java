package io.diskformat.inside.ext;

import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.NodeAttributes.Kind;
import org.jspecify.annotations.Nullable;

/** The files of a volume. */
final class ExtTree implements FileTree {
  private final ExtVolume volume;
  private final @Nullable DirectoryLookup lookup;

  ExtTree(ExtVolume volume) {
    this(volume, null);
  }

  /**
   * Creates the tree of an edit.
   *
   * @param lookup finds names in it, or null to look for them in all of a directory
   */
  ExtTree(ExtVolume volume, @Nullable DirectoryLookup lookup) {
    this.volume = volume;
    this.lookup = lookup;
  }

  @Override
  public String kind() {
    return volume.superblock().kind();
  }

  @Override
  public String label() {
    return volume.superblock().label();
  }

  @Override
  public boolean hasPosixAttributes() {
    return true;
  }

  @Override
  public boolean hasExtendedAttributes() {
    return true;
  }

  /** The root says that it is in itself. */
  @Override
  public FileNode root() {
    return new ExtNode(volume, Inode.ROOT, Inode.ROOT, Kind.DIRECTORY, lookup);
  }
}
