package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes the extended attribute that has the content of a file, among those that its inode has in
 * itself. {@link ExtendedAttributes} draws them.
 */
final class InodeAttributes {
  private InodeAttributes() {}

  private static int entryLength(byte[] bytes, ExtendedAttribute attribute) {
    int nameLength = Byte.toUnsignedInt(bytes[attribute.entryAt()]);
    return ExtendedAttribute.HEADER + Math.ceilDiv(nameLength, 4) * 4;
  }

  private static int valueLength(ExtendedAttribute attribute) {
    return attribute.inode() == 0 ? Math.ceilDiv(attribute.size(), 4) * 4 : 0;
  }

  private static byte[] copy(Inode inode) {
    byte[] bytes = new byte[inode.bytes().capacity()];
    inode.bytes().get(0, bytes);
    return bytes;
  }

  /** Returns how large the value with content can be; 0 too if there is no such attribute. */
  static int room(ExtVolume volume, Inode inode) throws IOException {
    byte[] bytes = copy(inode);
    // The mark, and the end of the entries.
    int room = bytes.length - Inode.OLD_SIZE - inode.extraSize() - 2 * Integer.BYTES;
    boolean found = false;
    for (ExtendedAttribute each : new ExtendedAttributes(volume, inode).inInode()) {
      found |= isContent(each);
      room -= entryLength(bytes, each) + (isContent(each) ? 0 : valueLength(each));
    }
    return found ? Math.max(room & -Integer.BYTES, 0) : 0;
  }

  private static boolean isContent(ExtendedAttribute attribute) {
    return attribute.isInlineData() && attribute.inode() == 0;
  }

  /**
   * Replaces the value with content, and puts all of them together.
   *
   * @param content no longer than there is room for, or null to take the attribute away
   */
  static void setContent(ExtVolume volume, Inode inode, byte @Nullable [] content)
      throws IOException {
    List<ExtendedAttribute> all = new ExtendedAttributes(volume, inode).inInode();
    byte[] before = copy(inode);
    ByteBuffer bytes = inode.bytes();
    int start = Inode.OLD_SIZE + inode.extraSize();
    bytes.put(start, new byte[bytes.capacity() - start]);
    int valuesFrom = start + Integer.BYTES;
    int entry = valuesFrom;
    int valueEnd = bytes.capacity();
    for (ExtendedAttribute each : all) {
      boolean replaced = isContent(each);
      if (replaced && content == null) {
        continue;
      }
      bytes.putInt(start, ExtendedAttributes.MAGIC);
      int length = entryLength(before, each);
      bytes.put(entry, before, each.entryAt(), length);
      int size = replaced && content != null ? content.length : each.size();
      if (each.inode() == 0) {
        valueEnd -= size == 0 ? 0 : Math.ceilDiv(size, 4) * 4;
        if (replaced && content != null) {
          bytes.put(valueEnd, content);
        } else {
          bytes.put(valueEnd, before, each.valueAt(), size);
        }
        bytes.putShort(entry + 2, (short) (size == 0 ? 0 : valueEnd - valuesFrom));
        bytes.putInt(entry + 8, size);
      }
      entry += length;
    }
    for (ExtendedAttribute each : new ExtendedAttributes(volume, inode).inInode()) {
      if (isContent(each)) {
        each.hash();
      }
    }
  }
}
