package io.diskformat.inside.ext;

import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.NodeAttributes.Kind;

/** The files of a volume. */
final class ExtTree implements FileTree {
  private final ExtVolume volume;

  ExtTree(ExtVolume volume) {
    this.volume = volume;
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
    return new ExtNode(volume, Inode.ROOT, Inode.ROOT, Kind.DIRECTORY);
  }
}
