package io.diskformat.inside.xfs;

import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the extended attributes of a file: in its inode, or in blocks. Numbers have their highest
 * byte first.
 *
 * <pre>
 * in the inode                     entry
 * 0  size of all, 16 bits          0  length of the name
 * 2  entries                       1  length of the value
 * 4  entries                       2  flags
 *                                  3  name, value
 *
 * block                            entry of names              name that says where its value is
 *  0  next block, 32 bits          0  hash, 32 bits            0  block of the value, 32 bits
 *  8  FB EE; FE BE if it is a      4  where the name is in     4  length of it, 32 bits
 *     node of a tree; 3B EE and       the block, 16 bits       8  length of the name
 *     3E BE in version 5           6  flags                    9  name
 *  C  in version 5, what it says
 *     of itself, up to 38          name and value              entry of a node
 *  C  entries, 16 bits; then       0  length of the value,     0  hash, 32 bits
 *     in a node at 10 entries,        16 bits                  4  block below, 32 bits
 *     else at 20; in version 5     2  length of the name
 *     at 38; 40, 50                3  name, value
 * </pre>
 */
final class ExtendedAttributes {
  private static final String NAME = "extended attributes";
  private static final int LEAF = 0xFBEE;
  private static final int NODE = 0xFEBE;
  private static final int LEAF_5 = 0x3BEE;
  private static final int NODE_5 = 0x3EBE;
  private static final int VALUE = 0x5841524D;
  private static final int OLD_HEADER = 12;
  private static final int LEAF_MORE = 20;
  private static final int LEAF_MORE_5 = 24;
  private static final int NODE_MORE = 4;
  private static final int NODE_MORE_5 = 8;
  private static final int LEAF_ENTRY = 8;
  private static final int MOST_LEVELS = 8;
  private static final int MOST_VALUE = 65536;

  /** The most bytes of attributes to keep for one file. */
  private static final int MOST_OF_ALL = 16 << 20;

  /** What an attribute takes besides its name and value, in bytes. */
  private static final long OVERHEAD = 64;

  private final XfsVolume volume;
  private final Fork fork;
  private final Map<String, byte[]> values = new LinkedHashMap<>();
  private final boolean checked;
  private long kept;

  private ExtendedAttributes(XfsVolume volume, Fork fork) {
    this.volume = volume;
    this.fork = fork;
    this.checked = volume.superblock().hasChecksums();
  }

  /** Returns all of them, by the names that Linux shows. */
  static Map<String, byte[]> of(XfsVolume volume, Inode inode) throws IOException {
    Optional<Fork> fork = inode.attributeFork();
    if (fork.isEmpty() || (!fork.get().isLocal() && fork.get().extents() == 0)) {
      return Map.of();
    }
    ExtendedAttributes all = new ExtendedAttributes(volume, fork.get());
    if (fork.get().isLocal()) {
      all.readInode();
    } else {
      all.readBlocks();
    }
    return all.values;
  }

  private void put(ExtendedAttribute attribute, byte[] value) throws IOException {
    if (values.put(attribute.shownName(), attribute.shownValue(value)) != null) {
      throw corrupt("have two of one name");
    }
    kept += value.length + attribute.name().length() + OVERHEAD;
    if (kept > MOST_OF_ALL) {
      throw volume.unsupported("more than " + MOST_OF_ALL + " bytes of attributes of one file");
    }
  }

  private void readInode() throws IOException {
    ByteBuffer bytes = fork.bytes();
    int size = bytes.capacity() < 4 ? 0 : Short.toUnsignedInt(bytes.getShort(0));
    if (size < 4 || size > bytes.capacity()) {
      throw corrupt("have " + size + " bytes in " + bytes.capacity());
    }
    int at = 4;
    for (int i = Byte.toUnsignedInt(bytes.get(2)); i > 0; i--) {
      int name = at + 3 <= size ? Byte.toUnsignedInt(bytes.get(at)) : size;
      int value = at + 3 <= size ? Byte.toUnsignedInt(bytes.get(at + 1)) : size;
      if (at + 3 + name + value > size) {
        throw corrupt("have an entry that does not end");
      }
      ExtendedAttribute found = ExtendedAttribute.of(bytes.get(at + 2), bytes, at + 3, name);
      if (!found.isHidden()) {
        byte[] copy = new byte[value];
        bytes.get(at + 3 + name, copy);
        put(found, copy);
      }
      at += 3 + name + value;
    }
  }

  /** Goes down to the first leaf, and from each to the next. */
  private void readBlocks() throws IOException {
    AttributeBlocks blocks = new AttributeBlocks(volume, fork);
    ByteBuffer bytes = blocks.read(0);
    for (int level = 0; mark(bytes) == (checked ? NODE_5 : NODE); level++) {
      if (level == MOST_LEVELS) {
        throw corrupt("have too many levels");
      }
      int at = header() + (checked ? NODE_MORE_5 : NODE_MORE);
      bytes = blocks.read(Integer.toUnsignedLong(bytes.getInt(at + Integer.BYTES)));
    }
    while (true) {
      if (mark(bytes) != (checked ? LEAF_5 : LEAF)) {
        throw corrupt("have a block without a mark");
      }
      readLeaf(blocks, bytes);
      long next = Integer.toUnsignedLong(bytes.getInt(0));
      if (next == 0) {
        return;
      }
      bytes = blocks.read(next);
    }
  }

  private int header() {
    return checked ? Header.ATTRIBUTES.size() : OLD_HEADER;
  }

  private static int mark(ByteBuffer bytes) {
    return Short.toUnsignedInt(bytes.getShort(8));
  }

  private void readLeaf(AttributeBlocks blocks, ByteBuffer bytes) throws IOException {
    int entries = Short.toUnsignedInt(bytes.getShort(header()));
    int from = header() + (checked ? LEAF_MORE_5 : LEAF_MORE);
    if (entries > (bytes.capacity() - from) / LEAF_ENTRY) {
      throw corrupt("have a block of " + entries + " entries");
    }
    for (int i = 0; i < entries; i++) {
      int at = from + i * LEAF_ENTRY;
      int flags = Byte.toUnsignedInt(bytes.get(at + 6));
      int nameAt = Short.toUnsignedInt(bytes.getShort(at + 4));
      if ((flags & ExtendedAttribute.LOCAL) != 0) {
        readLocal(bytes, nameAt, flags);
      } else {
        readRemote(blocks, bytes, nameAt, flags);
      }
    }
  }

  private void readLocal(ByteBuffer bytes, int at, int flags) throws IOException {
    require(bytes, at, 3);
    int size = Short.toUnsignedInt(bytes.getShort(at));
    int name = Byte.toUnsignedInt(bytes.get(at + 2));
    require(bytes, at, 3 + name + size);
    ExtendedAttribute found = ExtendedAttribute.of(flags, bytes, at + 3, name);
    if (!found.isHidden()) {
      byte[] value = new byte[size];
      bytes.get(at + 3 + name, value);
      put(found, value);
    }
  }

  private void readRemote(AttributeBlocks blocks, ByteBuffer bytes, int at, int flags)
      throws IOException {
    require(bytes, at, 9);
    long block = Integer.toUnsignedLong(bytes.getInt(at));
    long size = Integer.toUnsignedLong(bytes.getInt(at + 4));
    int name = Byte.toUnsignedInt(bytes.get(at + 8));
    require(bytes, at, 9 + name);
    ExtendedAttribute found = ExtendedAttribute.of(flags, bytes, at + 9, name);
    if (found.isHidden()) {
      return;
    }
    if (size > MOST_VALUE) {
      throw corrupt("have a value of " + size + " bytes");
    }
    put(
        found,
        ContentBlocks.read(volume, fork, blocks.runs(), VALUE, block, (int) size, true, NAME));
  }

  private void require(ByteBuffer bytes, int at, int length) throws IOException {
    if (at > bytes.capacity() - length) {
      throw corrupt("have an entry that does not end");
    }
  }

  private CorruptImageException corrupt(String problem) {
    return volume.corrupt(NAME, fork.position(), "of inode " + fork.owner() + " " + problem);
  }
}
