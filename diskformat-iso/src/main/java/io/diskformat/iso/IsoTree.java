package io.diskformat.iso;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileTree;
import java.io.IOException;
import java.util.Optional;

/**
 * One of the trees of a disc.
 *
 * @param descriptor at which it begins
 */
record IsoTree(TreeKind treeKind, VolumeDescriptor descriptor, IsoDirectory root)
    implements FileTree {

  /**
   * Opens a tree, if the session has it.
   *
   * @throws io.diskformat.DiskFormatException if its root makes no sense
   */
  static Optional<IsoTree> of(DeviceBytes disc, VolumeDescriptors descriptors, TreeKind kind)
      throws IOException {
    VolumeDescriptor descriptor =
        descriptors.of(kind == TreeKind.ROCK_RIDGE ? TreeKind.PLAIN : kind).orElse(null);
    if (descriptor == null) {
      return Optional.empty();
    }
    DirectoryRecord root = descriptor.root(disc);
    if (!root.isDirectory()) {
      throw disc.corrupt("root directory", root.position(), "it is recorded as a file");
    }
    int blockSize = descriptor.blockSize();
    int skip = kind == TreeKind.ROCK_RIDGE ? rockRidgeSkip(disc, root, blockSize) : 0;
    if (skip < 0) {
      return Optional.empty();
    }
    IsoVolume volume = new IsoVolume(disc, kind, blockSize, skip);
    return Optional.of(new IsoTree(kind, descriptor, IsoDirectory.root(volume, root)));
  }

  /** Returns how many bytes of system use Rock Ridge skips, or -1 if the disc has none. */
  private static int rockRidgeSkip(DeviceBytes disc, DirectoryRecord root, int blockSize)
      throws IOException {
    DirectoryRecord itself = IsoVolume.itself(disc, root.content(blockSize));
    int skip = SystemUse.skipped(itself);
    return skip >= 0 && RockRidge.of(disc, blockSize, itself, skip).isPresent() ? skip : -1;
  }

  @Override
  public String kind() {
    return treeKind.option();
  }

  @Override
  public String label() {
    return descriptor.label();
  }

  @Override
  public boolean hasPosixAttributes() {
    return treeKind == TreeKind.ROCK_RIDGE;
  }
}
