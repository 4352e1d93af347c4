package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The extended attributes of a new file: in its inode as far as that has room, and then in a block.
 * {@link ExtendedAttributes} draws both.
 */
final class NewAttributes {
  private final List<Given> all = new ArrayList<>();

  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Given(int space, byte[] name, byte[] value, boolean inInodeOnly) {
    int entrySize() {
      return ExtendedAttribute.HEADER + padded(name.length);
    }

    int size() {
      return entrySize() + padded(value.length);
    }
  }

  private static int padded(int length) {
    return Math.ceilDiv(length, Integer.BYTES) * Integer.BYTES;
  }

  /** Adds one. */
  void add(int space, String name, byte[] value) {
    all.add(new Given(space, name.getBytes(StandardCharsets.UTF_8), value, false));
  }

  /** Adds one that is left out if the inode has no room for it. */
  void addIfInInode(int space, String name, byte[] value) {
    all.add(new Given(space, name.getBytes(StandardCharsets.UTF_8), value, true));
  }

  /**
   * Puts them into a file that has none.
   *
   * @param near where a block is to be, if it takes one
   */
  void put(ExtChanges changes, BlockAllocator allocator, InodeChange file, long near)
      throws IOException {
    List<Given> others = putInInode(file.inode());
    if (others.isEmpty()) {
      return;
    }
    byte[] block = new byte[changes.superblock().blockSize()];
    others.sort(Comparator.comparingInt(Given::space));
    int from = ExtendedAttributes.BLOCK_HEADER;
    if (from + others.stream().mapToInt(Given::size).sum() + Integer.BYTES > block.length) {
      throw changes.unsupported("a new file of ext4 whose access lists take more than a block");
    }
    put(others, ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN), from, 0);
    AttributeBlock.add(changes, allocator, file, near, block);
  }

  /** Puts those into an inode that it has room for, and returns the others. */
  private List<Given> putInInode(Inode inode) {
    ByteBuffer bytes = inode.bytes();
    int at = Inode.OLD_SIZE + inode.extraSize();
    int from = at + Integer.BYTES;
    int room = bytes.capacity() > Inode.OLD_SIZE ? bytes.capacity() - from - Integer.BYTES : 0;
    List<Given> some = new ArrayList<>();
    List<Given> others = new ArrayList<>();
    for (Given each : all) {
      if (each.size() <= room) {
        room -= each.size();
        some.add(each);
      } else if (!each.inInodeOnly()) {
        others.add(each);
      }
    }
    if (!some.isEmpty()) {
      bytes.putInt(at, ExtendedAttributes.MAGIC);
      put(some, bytes, from, from);
    }
    return others;
  }

  /**
   * Puts attributes into what has room for them.
   *
   * @param from where entries begin
   * @param valuesFrom from where it counts where a value is
   */
  private static void put(List<Given> some, ByteBuffer bytes, int from, int valuesFrom) {
    int entry = from;
    int valueAt = bytes.capacity();
    for (Given each : some) {
      valueAt -= padded(each.value().length);
      bytes.put(entry, (byte) each.name().length);
      bytes.put(entry + 1, (byte) each.space());
      bytes.putShort(entry + 2, (short) (valueAt - valuesFrom));
      bytes.putInt(entry + 8, each.value().length);
      bytes.put(entry + ExtendedAttribute.HEADER, each.name());
      bytes.put(valueAt, each.value());
      entry += each.entrySize();
    }
  }
}
