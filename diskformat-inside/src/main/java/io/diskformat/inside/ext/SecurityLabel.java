package io.diskformat.inside.ext;

import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The label of SELinux that new files get: that of another file in their directory, of the same
 * kind if there is one. Only labels that are within inodes count, and there they are put.
 */
final class SecurityLabel {
  private static final int SPACE = 6;
  private static final byte[] NAME = "selinux".getBytes(StandardCharsets.US_ASCII);
  private static final int MOST_LOOKED_AT = 64;

  private SecurityLabel() {}

  /** Returns the label of a file that is to be in a directory, or null. */
  static byte @Nullable [] of(ExtVolume volume, Inode directory, long parent, Kind kind)
      throws IOException {
    byte[] found = null;
    DirectoryEntries entries = new DirectoryEntries(volume, directory, parent);
    DirectoryEntry entry = entries.next();
    for (int i = 0; i < MOST_LOOKED_AT && entry != null; i++) {
      Inode inode = volume.inode(entry.inode());
      byte[] label = of(volume, inode);
      if (label != null && inode.kind() == kind) {
        return label;
      }
      found = found == null ? label : found;
      entry = entries.next();
    }
    return found == null ? of(volume, directory) : found;
  }

  private static byte @Nullable [] of(ExtVolume volume, Inode inode) throws IOException {
    for (ExtendedAttribute attribute : new ExtendedAttributes(volume, inode).inInode()) {
      if (attribute.space() == SPACE
          && attribute.inode() == 0
          && attribute.name().equals("selinux")) {
        return attribute.value();
      }
    }
    return null;
  }

  /** Puts a label into a new inode, if that has room. {@link ExtendedAttributes} draws it. */
  static void put(Inode inode, byte[] label) {
    ByteBuffer bytes = inode.bytes();
    int at = Inode.OLD_SIZE + inode.extraSize();
    int entries = at + Integer.BYTES;
    int entry = ExtendedAttribute.HEADER + Math.ceilDiv(NAME.length, 4) * 4;
    int valueAt = bytes.capacity() - Math.ceilDiv(label.length, 4) * 4;
    if (bytes.capacity() <= Inode.OLD_SIZE || entries + entry + Integer.BYTES > valueAt) {
      return;
    }
    bytes.putInt(at, ExtendedAttributes.MAGIC);
    bytes.put(entries, (byte) NAME.length);
    bytes.put(entries + 1, (byte) SPACE);
    bytes.putShort(entries + 2, (short) (valueAt - entries));
    bytes.putInt(entries + 8, label.length);
    bytes.put(entries + ExtendedAttribute.HEADER, NAME);
    bytes.put(valueAt, label);
  }
}
