package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Lists of who may do what with a file, which are kept beside its permissions, and say the same as
 * these. Numbers have their lowest byte first.
 *
 * <pre>
 * 0  version, 32 bits: 1
 * 4  entries: whom it is about, 16 bits; what they may do, 16 bits; of a user or a group that is
 *    named, its number, 32 bits
 * </pre>
 */
final class AccessLists {
  private static final int BASIC = 0777;
  private static final int ACCESS = 2;
  private static final int VERSION = 1;
  private static final int OWNER = 1;
  private static final int USER = 2;
  private static final int OWNING_GROUP = 4;
  private static final int GROUP = 8;
  private static final int MASK = 0x10;
  private static final int OTHERS = 0x20;
  private static final int SHORT_ENTRY = 4;
  private static final int LONG_ENTRY = 8;

  private final ExtChanges changes;
  private final BlockAllocator allocator;

  AccessLists(ExtChanges changes, BlockAllocator allocator) {
    this.changes = changes;
    this.allocator = allocator;
  }

  /** Makes the list of a file, if there is one, say what its permissions will be. */
  void set(InodeChange file, int permissions) throws IOException {
    if (((file.inode().mode() ^ permissions) & BASIC) == 0) {
      return;
    }
    ExtendedAttributes attributes = new ExtendedAttributes(changes.volume(), file.inode());
    set(file, attributes.inInode(), permissions);
    if (attributes.all().stream().skip(attributes.inInode().size()).anyMatch(AccessLists::isOne)) {
      AttributeBlock.change(changes, allocator, file, all -> set(file, all, permissions));
    }
  }

  private static boolean isOne(ExtendedAttribute attribute) {
    return attribute.space() == ACCESS && attribute.name().isEmpty();
  }

  private void set(InodeChange file, List<ExtendedAttribute> attributes, int permissions)
      throws IOException {
    for (ExtendedAttribute attribute : attributes) {
      if (isOne(attribute)) {
        set(file, attribute, permissions);
      }
    }
  }

  private void set(InodeChange file, ExtendedAttribute attribute, int permissions)
      throws IOException {
    if (attribute.inode() != 0) {
      throw changes.unsupported(
          "permissions of a file of ext4 whose access list is in an inode of its own (ea_inode), "
              + file.number());
    }
    ByteBuffer list =
        attribute
            .container()
            .slice(attribute.valueAt(), attribute.size())
            .order(ByteOrder.LITTLE_ENDIAN);
    if (list.capacity() < SHORT_ENTRY || list.getInt(0) != VERSION) {
      throw malformed(file);
    }
    int group = -1;
    for (int at = SHORT_ENTRY; at < list.capacity(); at += length(list, at)) {
      int tag = list.capacity() - at < SHORT_ENTRY ? 0 : list.getShort(at);
      if (tag == 0 || list.capacity() - at < length(list, at)) {
        throw malformed(file);
      }
      switch (tag) {
        case OWNER -> list.putShort(at + 2, (short) (permissions >>> 6 & 7));
        case OTHERS -> list.putShort(at + 2, (short) (permissions & 7));
        // What a group may do is what the mask says, if there is one: it comes later.
        case OWNING_GROUP -> group = at;
        case MASK -> group = at;
        default -> {}
      }
    }
    if (group >= 0) {
      list.putShort(group + 2, (short) (permissions >>> 3 & 7));
    }
    attribute.hash();
  }

  private static int length(ByteBuffer list, int at) {
    int tag = list.getShort(at);
    return tag == USER || tag == GROUP ? LONG_ENTRY : SHORT_ENTRY;
  }

  private IOException malformed(InodeChange file) {
    return changes
        .volume()
        .corrupt(
            "access list",
            file.inode().position(),
            "of inode " + file.number() + " makes no sense");
  }
}
