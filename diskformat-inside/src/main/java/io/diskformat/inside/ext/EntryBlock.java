package io.diskformat.inside.ext;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A block of a directory whose entries change. {@link DirectoryEntry} draws them; each reaches to
 * the next, and so what is free behind a name is in that name's entry.
 */
final class EntryBlock {
  private static final int WHOLE = 65536;

  private final ByteBuffer bytes;
  private final boolean hasTypes;
  private final int end;

  /**
   * Creates a view of a block.
   *
   * @param bytes changed in place
   * @param end where entries end
   */
  EntryBlock(byte[] bytes, boolean hasTypes, int end) {
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.hasTypes = hasTypes;
    this.end = end;
  }

  /** Returns how much an entry with a name takes. */
  static int sizeFor(int nameLength) {
    return DirectoryEntry.HEADER + Math.ceilDiv(nameLength, Integer.BYTES) * Integer.BYTES;
  }

  /** Returns how far it is to the next entry, or -1 if this is none. */
  int length(int at) {
    return DirectoryEntry.lengthAt(bytes, at, end, hasTypes);
  }

  int end() {
    return end;
  }

  long inode(int at) {
    return Integer.toUnsignedLong(bytes.getInt(at));
  }

  void setInode(int at, long inode) {
    bytes.putInt(at, (int) inode);
  }

  int type(int at) {
    return hasTypes ? Byte.toUnsignedInt(bytes.get(at + 7)) : 0;
  }

  byte[] name(int at) {
    byte[] name = new byte[nameLength(at)];
    bytes.get(at + DirectoryEntry.HEADER, name);
    return name;
  }

  private int nameLength(int at) {
    return hasTypes
        ? Byte.toUnsignedInt(bytes.get(at + 6))
        : Short.toUnsignedInt(bytes.getShort(at + 6));
  }

  private int used(int at) {
    return inode(at) == 0 ? 0 : sizeFor(nameLength(at));
  }

  /** Returns from where on an entry's bytes mean nothing; of one of nobody, its length counts. */
  int hidden(int at) {
    return inode(at) == 0 ? Integer.BYTES + Short.BYTES : used(at);
  }

  private void setLength(int at, int length) {
    // Of blocks of 64 KiB, 16 bits have no room for the length of all of it.
    bytes.putShort(at + 4, (short) (length == WHOLE ? 0xFFFF : length));
  }

  /** Returns where there is room, or -1. */
  int findRoom(int size) {
    for (int at = 0; at < end; ) {
      int length = length(at);
      if (length < 0) {
        return -1;
      }
      if (length - used(at) >= size) {
        return at + used(at);
      }
      at += length;
    }
    return -1;
  }

  /** Returns how large an entry may be for which there is room; 0 if there is none for any. */
  int mostRoom() {
    int most = 0;
    for (int at = 0; at < end && length(at) > 0; at += length(at)) {
      most = Math.max(most, length(at) - used(at));
    }
    return most;
  }

  /** Makes all of the block one entry of nobody. */
  void clear() {
    bytes.putInt(0, 0);
    setLength(0, end);
  }

  /**
   * Puts an entry where there is room.
   *
   * @param entry its header and its name; how far it reaches is found here
   */
  void insert(int at, byte[] entry) {
    int holder = 0;
    while (holder + length(holder) <= at) {
      holder += length(holder);
    }
    int reach = holder + length(holder) - at;
    if (holder < at) {
      setLength(holder, at - holder);
    }
    bytes.put(at, entry);
    setLength(at, reach);
  }

  /** Returns an entry for {@link #insert}. */
  byte[] entry(long inode, int type, byte[] name) {
    ByteBuffer entry =
        ByteBuffer.allocate(DirectoryEntry.HEADER + name.length).order(ByteOrder.LITTLE_ENDIAN);
    entry.putInt((int) inode).putShort((short) 0).put((byte) name.length);
    return entry.put((byte) (hasTypes ? type : 0)).put(name).array();
  }

  /** Changes a name, for which there is room. */
  void setName(int at, byte[] name) {
    int length = length(at);
    bytes.put(at, entry(inode(at), type(at), name));
    setLength(at, length);
  }

  /** Returns the inode of what {@link #entry} or {@link #remove} returned. */
  static long inodeOf(byte[] entry) {
    return Integer.toUnsignedLong(ByteBuffer.wrap(entry).order(ByteOrder.LITTLE_ENDIAN).getInt(0));
  }

  /** Returns the name of what {@link #entry} or {@link #remove} returned. */
  static byte[] nameOf(byte[] entry) {
    return Arrays.copyOfRange(entry, DirectoryEntry.HEADER, entry.length);
  }

  /** Takes out an entry, and returns it as {@link #insert} takes it. */
  byte[] remove(int at) {
    byte[] entry = entry(inode(at), type(at), name(at));
    if (at == 0) {
      setInode(0, 0);
      return entry;
    }
    int before = 0;
    while (before + length(before) < at) {
      before += length(before);
    }
    setLength(before, length(before) + length(at));
    return entry;
  }
}
