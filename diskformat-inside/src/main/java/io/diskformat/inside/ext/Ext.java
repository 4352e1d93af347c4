package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeFormat;
import java.io.IOException;
import java.util.Map;

/** The file systems ext2, ext3 and ext4. */
public final class Ext implements FileTreeFormat {

  /** For {@link java.util.ServiceLoader}. */
  public Ext() {}

  @Override
  public String name() {
    return "ext";
  }

  @Override
  public boolean recognizes(BlockDevice device) throws IOException {
    return Superblock.isMarked(new DeviceBytes(device));
  }

  @Override
  public FileTree open(BlockDevice device, Map<String, ?> options) throws IOException {
    DeviceBytes bytes = new DeviceBytes(device);
    return new ExtTree(new ExtVolume(bytes, Superblock.read(bytes)));
  }
}
