package io.diskformat.iso.udf;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The tree of a disc. Its root is where the file set says, at byte 400.
 *
 * @param label of the logical volume
 */
record UdfTree(String label, FileNode root) implements FileTree {
  /** The name of the tree. */
  static final String NAME = "udf";

  private static final int ROOT = 400;
  private static final String STRUCTURE = "file set of UDF";

  static UdfTree open(DeviceBytes disc) throws IOException {
    Anchor anchor = Anchor.find(disc);
    VolumeSequence volume = VolumeSequence.read(disc, anchor);
    List<Partition> partitions = PartitionMaps.read(disc, anchor.blockSize(), volume);
    UdfVolume files = new UdfVolume(disc, anchor.blockSize(), partitions);
    long position = files.position(volume.fileSet());
    ByteBuffer set = Tag.read(disc, position, 512, Tag.FILE_SET, STRUCTURE);
    LongAddress root = LongAddress.read(set, ROOT);
    FileEntry entry = files.entry(root);
    if (!entry.isDirectory()) {
      throw disc.corrupt("root directory of UDF", entry.position(), "is no directory");
    }
    return new UdfTree(
        volume.label(), new UdfDirectory(files, 0, entry, root.partition(), UdfDirectory.NOWHERE));
  }

  @Override
  public String kind() {
    return NAME;
  }

  @Override
  public boolean hasPosixAttributes() {
    return true;
  }
}
