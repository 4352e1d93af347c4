package io.diskformat.iso.udf;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.FileContent;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A file that is no directory. Where a symbolic link leads is its content:
 *
 * <pre>
 * offset  size  field of a part
 *    0      1   1 or 2 the root, 3 the directory above, 4 the same, 5 a name
 *    1      1   length of the name
 *    2      2   version of the file
 *    4          name ({@link Osta})
 * </pre>
 *
 * @param partition number of the map of the partition that its entry is in
 * @param target where it leads, if it is a symbolic link
 */
record UdfFile(
    UdfVolume volume, FileEntry entry, int partition, NodeAttributes attributes, String target)
    implements FileNode {
  private static final int PART = 4;

  /** The longest target that Linux follows, in bytes. */
  private static final int MOST_OF_TARGET = 4095;

  private static final int MOST_OF_LINK = 1 << 16;

  static UdfFile of(UdfVolume volume, FileEntry entry, int partition) throws IOException {
    NodeAttributes attributes = volume.attributes(entry);
    String target = attributes.kind() == Kind.SYMBOLIC_LINK ? target(volume, entry, partition) : "";
    return new UdfFile(volume, entry, partition, attributes, target);
  }

  private static String target(UdfVolume volume, FileEntry entry, int partition)
      throws IOException {
    if (entry.size() < 0 || entry.size() > MOST_OF_LINK) {
      throw corrupt(volume, entry, "a symbolic link of " + entry.size() + " bytes");
    }
    List<ByteRange> ranges = volume.ranges(entry, partition);
    byte[] bytes = new byte[(int) entry.size()];
    FileContent.of(volume.disc().device(), ranges).read(0, bytes);
    ByteBuffer parts = ByteBuffer.wrap(bytes);
    StringBuilder path = new StringBuilder();
    for (int at = 0; at + PART <= bytes.length; ) {
      int length = Byte.toUnsignedInt(bytes[at + 1]);
      if (length > bytes.length - at - PART) {
        throw corrupt(volume, entry, "the last part of a symbolic link is cut short");
      }
      if (bytes[at] == 1 || bytes[at] == 2) {
        path.setLength(0);
        path.append('/');
      } else {
        path.append(path.isEmpty() || path.charAt(path.length() - 1) == '/' ? "" : "/");
        path.append(
            switch (bytes[at]) {
              case 3 -> "..";
              case 4 -> ".";
              default -> Osta.name(parts, at + PART, length);
            });
      }
      at += PART + length;
    }
    String target = path.toString();
    if (target.getBytes(StandardCharsets.UTF_8).length > MOST_OF_TARGET) {
      throw corrupt(
          volume, entry, "its symbolic link leads farther than " + MOST_OF_TARGET + " bytes");
    }
    return target;
  }

  private static CorruptImageException corrupt(UdfVolume volume, FileEntry entry, String problem) {
    return volume.disc().corrupt("file entry of UDF", entry.position(), problem);
  }

  @Override
  public String linkTarget() {
    if (attributes.kind() != Kind.SYMBOLIC_LINK) {
      throw new UnsupportedOperationException("no symbolic link");
    }
    return target;
  }

  @Override
  public List<ByteRange> ranges() throws IOException {
    if (attributes.kind() != Kind.FILE) {
      throw new UnsupportedOperationException("no regular file");
    }
    return volume.ranges(entry, partition);
  }

  @Override
  public BlockDevice content() throws IOException {
    return FileContent.of(volume.disc().device(), ranges());
  }
}
