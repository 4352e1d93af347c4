package io.diskformat.inside.xfs;

import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.spi.NameBytes;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a directory.
 *
 * @param inode its number
 * @param type what the file is, or 0 if that is not recorded
 * @param name as it is stored, see {@link NameBytes}
 */
record DirectoryEntry(long inode, int type, String name) {

  /** Returns the name that is somewhere in a structure. */
  static String name(ByteBuffer bytes, int at, int length) {
    byte[] name = new byte[length];
    bytes.get(at, name);
    return NameBytes.decode(name);
  }

  /** Returns what the file is, or null if that is not recorded. */
  @Nullable Kind kind() {
    return switch (type) {
      case 0 -> null;
      case 1 -> Kind.FILE;
      case 2 -> Kind.DIRECTORY;
      case 7 -> Kind.SYMBOLIC_LINK;
      default -> Kind.OTHER;
    };
  }

  boolean isItself() {
    return name.equals(".");
  }

  boolean isParent() {
    return name.equals("..");
  }

  /** Returns the name as one element of a path. */
  String text() {
    return name.replace('/', '\uFFFD').replace('\0', '\uFFFD');
  }
}
