package io.diskformat.inside.xfs;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeFormat;
import io.diskformat.filesystem.FreeRangeListener;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * The file system XFS. What its log has is not replayed: where that is not written out yet, files
 * may be old, and {@link FileTree#problems} says so. The choice {@code journal} may be {@code
 * refuse} to read none then, or {@code ignore} to say nothing.
 */
public final class Xfs implements FileTreeFormat {
  private static final String OPTION = "journal";

  /** For {@link java.util.ServiceLoader}. */
  public Xfs() {}

  @Override
  public String name() {
    return "xfs";
  }

  @Override
  public boolean recognizes(BlockDevice device) throws IOException {
    return Superblock.isMarked(new DeviceBytes(device));
  }

  @Override
  public FileTree open(BlockDevice device, Map<String, ?> options) throws IOException {
    Object use = options.get(OPTION);
    boolean ignore = "ignore".equals(use);
    if (!ignore && use != null && !"replay".equals(use) && !"refuse".equals(use)) {
      throw new IllegalArgumentException(OPTION + " is " + use + ", not replay, ignore or refuse");
    }
    XfsVolume volume = new XfsVolume(new DeviceBytes(device));
    Optional<String> problem = ignore ? Optional.empty() : Log.problem(volume);
    if (problem.isPresent() && "refuse".equals(use)) {
      throw new DiskFormatException(device + ": " + problem.get());
    }
    return new XfsTree(volume, problem);
  }

  @Override
  public void freeRanges(BlockDevice device, FreeRangeListener listener) throws IOException {
    XfsVolume volume = new XfsVolume(new DeviceBytes(device));
    // Blocks that are free as stored may be in use by what the log has.
    Optional<String> problem = Log.problem(volume);
    if (problem.isPresent()) {
      throw new DiskFormatException(device + ": " + problem.get());
    }
    new FreeBlocks(volume).list(listener);
  }
}
