package io.diskformat.inside.xfs;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeFormat;
import io.diskformat.filesystem.FreeRangeListener;
import java.io.IOException;
import java.util.Map;

/**
 * The file system XFS. Where its log has what is not written out yet, it is refused, as a part of
 * what is stored may be old then. The choice {@code journal} may be {@code ignore} to read what is
 * stored all the same.
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
    if (!ignore) {
      Log.check(volume);
    }
    return new XfsTree(volume);
  }

  @Override
  public void freeRanges(BlockDevice device, FreeRangeListener listener) throws IOException {
    XfsVolume volume = new XfsVolume(new DeviceBytes(device));
    Log.check(volume);
    new FreeBlocks(volume).list(listener);
  }
}
