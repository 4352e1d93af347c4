package io.diskformat.iso;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeFormat;
import io.diskformat.iso.disc.Disc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * ISO 9660, with Rock Ridge or Joliet where a disc has them. The choice {@code tree} names another
 * of its trees than the best: {@code rockridge}, {@code udf}, {@code joliet}, {@code enhanced} or
 * {@code plain}. The choice {@code session} names another session than the last: its number,
 * counted from 1.
 */
public final class Iso9660 implements FileTreeFormat {
  private static final long MARK_POSITION = VolumeDescriptor.FIRST + VolumeDescriptor.MARK_AT;
  private static final byte[] MARK = VolumeDescriptor.MARK.getBytes(StandardCharsets.ISO_8859_1);

  /** For {@link java.util.ServiceLoader}. */
  public Iso9660() {}

  @Override
  public String name() {
    return "iso9660";
  }

  @Override
  public boolean recognizes(BlockDevice device) throws IOException {
    if (device.size() < VolumeDescriptor.FIRST + Disc.SECTOR) {
      return false;
    }
    byte[] bytes = new byte[MARK.length];
    device.read(MARK_POSITION, bytes);
    return Arrays.equals(bytes, MARK);
  }

  @Override
  public FileTree open(BlockDevice device, Map<String, ?> options) throws IOException {
    Object tree = options.get("tree");
    Object session = options.get("session");
    return DiscTrees.open(
        new DeviceBytes(device),
        tree == null ? null : TreeKind.of(tree.toString()),
        session == null ? "last" : session.toString());
  }
}
