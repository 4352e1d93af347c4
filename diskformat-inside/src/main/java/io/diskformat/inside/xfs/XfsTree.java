package io.diskformat.inside.xfs;

import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.util.List;
import java.util.Optional;

/** The files of a volume. */
final class XfsTree implements FileTree {
  private final XfsVolume volume;
  private final Optional<String> problem;

  XfsTree(XfsVolume volume, Optional<String> problem) {
    this.volume = volume;
    this.problem = problem;
  }

  @Override
  public List<String> problems() {
    return problem.stream().toList();
  }

  @Override
  public String kind() {
    return "xfs";
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
    long root = volume.superblock().root();
    return new XfsNode(volume, root, root, Kind.DIRECTORY);
  }
}
