package io.diskformat.inside.fat;

import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import java.util.Locale;

/** The files of a volume. */
final class FatTree implements FileTree {
  private final FatVolume volume;
  private final String label;

  FatTree(FatVolume volume, String label) {
    this.volume = volume;
    this.label = label;
  }

  @Override
  public String kind() {
    return volume.boot().kind().name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String label() {
    return label;
  }

  @Override
  public boolean hasPosixAttributes() {
    return false;
  }

  @Override
  public FileNode root() {
    return FatNode.root(volume);
  }
}
