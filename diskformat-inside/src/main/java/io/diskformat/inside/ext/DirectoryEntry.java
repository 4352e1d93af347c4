package io.diskformat.inside.ext;

import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.spi.NameBytes;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a directory. Numbers have their lowest byte first.
 *
 * <pre>
 * 0  inode, 32 bits; 0 for none
 * 4  from here to the next entry, 16 bits
 * 6  length of the name; without the feature filetype, 16 bits
 * 7  what the file is, with that feature
 * 8  name
 * </pre>
 *
 * @param inode its number, or 0
 * @param type what the file is, or 0 if that is not recorded
 * @param name as it is stored, see {@link NameBytes}
 */
record DirectoryEntry(long inode, int type, String name) {
  static final int HEADER = 8;

  /** Of blocks of 64 KiB, the lengths that mean all of the block. */
  private static final int WHOLE = 0xFFFC;

  /**
   * Reads an entry.
   *
   * @param hasType whether it says what the file is
   * @param length what {@link #lengthAt} returned
   */
  static DirectoryEntry at(ByteBuffer bytes, int at, boolean hasType, int length) {
    long inode = Integer.toUnsignedLong(bytes.getInt(at));
    if (inode == 0) {
      // What is left of a name is nobody's, and may be of any length.
      return new DirectoryEntry(0, 0, "");
    }
    int type = hasType ? Byte.toUnsignedInt(bytes.get(at + 7)) : 0;
    int from = at + HEADER;
    byte[] name = new byte[nameLength(bytes, at, hasType)];
    bytes.get(from, name);
    assert name.length + HEADER <= length;
    return new DirectoryEntry(inode, type, NameBytes.decode(name));
  }

  private static int nameLength(ByteBuffer bytes, int at, boolean hasType) {
    return hasType
        ? Byte.toUnsignedInt(bytes.get(at + 6))
        : Short.toUnsignedInt(bytes.getShort(at + 6));
  }

  /**
   * Returns how far it is to the next entry, or -1 if this is no entry.
   *
   * @param end of the entries
   */
  static int lengthAt(ByteBuffer bytes, int at, int end, boolean hasType) {
    if (end - at < HEADER) {
      return -1;
    }
    int recorded = Short.toUnsignedInt(bytes.getShort(at + 4));
    int length = recorded;
    if (bytes.capacity() > WHOLE) {
      // The lowest two bits, else zero, stand for the two that 16 bits have no room for.
      length =
          (recorded | 3) == 0xFFFF || recorded == 0
              ? bytes.capacity()
              : (recorded & ~3) | (recorded & 3) << Short.SIZE;
    }
    boolean right =
        length % Integer.BYTES == 0
            && length <= end - at
            && length >= HEADER + (bytes.getInt(at) == 0 ? 0 : nameLength(bytes, at, hasType));
    return right && length >= HEADER ? length : -1;
  }

  /** Returns what the file is, or null if that is not recorded. */
  @Nullable Kind kind() {
    return kindOf(type);
  }

  /** Returns what a file of a type is, or null if that is not recorded. */
  static @Nullable Kind kindOf(int type) {
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
