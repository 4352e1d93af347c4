package io.diskformat.inside.ext;

import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The label of SELinux that new files get: that of another file in their directory, of the same
 * kind if there is one. Only labels that are within inodes count.
 */
final class SecurityLabel {
  private static final int SPACE = 6;
  private static final String NAME = "selinux";
  private static final int MOST_LOOKED_AT = 64;
  private static final int MOST_BLOCKS = 8;

  private SecurityLabel() {}

  /** Gives a new file the label that it gets in a directory, if there is one. */
  static void add(ExtVolume volume, Inode directory, long parent, Kind kind, NewAttributes into)
      throws IOException {
    byte[] label = of(volume, directory, parent, kind);
    if (label != null) {
      into.addIfInInode(SPACE, NAME, label);
    }
  }

  private static byte @Nullable [] of(ExtVolume volume, Inode directory, long parent, Kind kind)
      throws IOException {
    byte[] found = null;
    DirectoryEntries entries = new DirectoryEntries(volume, directory, parent, MOST_BLOCKS);
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
      if (attribute.space() == SPACE && attribute.inode() == 0 && attribute.name().equals(NAME)) {
        return attribute.value();
      }
    }
    return null;
  }
}
