package io.diskformat.inside.ext;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A group's descriptor that is being changed. {@link Group} draws it. */
final class GroupChange {
  /** No inode of the group was ever used, and its bitmap of inodes is not there. */
  static final int INODES_UNUSED = 1;

  /** No block of the group was ever used, and its bitmap of blocks is not there. */
  static final int BLOCKS_UNUSED = 2;

  private static final int WIDE = 0x20;

  private final ExtChanges changes;
  private final long number;
  private final ByteBuffer bytes;
  private final boolean wide;

  GroupChange(ExtChanges changes, long number) throws IOException {
    this.changes = changes;
    this.number = number;
    this.bytes = changes.volume().groups().bytes(number);
    this.wide = changes.superblock().hasWideDescriptors();
  }

  long number() {
    return number;
  }

  private long block(int at) throws IOException {
    long block = Integer.toUnsignedLong(bytes.getInt(at));
    if (wide) {
      block |= Integer.toUnsignedLong(bytes.getInt(at + WIDE)) << Integer.SIZE;
    }
    changes
        .volume()
        .checkBlocks(block, 1, "group descriptor", changes.volume().groups().position(number));
    return block;
  }

  long blockBitmap() throws IOException {
    return block(0);
  }

  long inodeBitmap() throws IOException {
    return block(4);
  }

  long inodeTable() throws IOException {
    return block(8);
  }

  private int count(int at) {
    int count = Short.toUnsignedInt(bytes.getShort(at));
    return wide ? count | Short.toUnsignedInt(bytes.getShort(at + WIDE)) << Short.SIZE : count;
  }

  private void setCount(int at, int count) {
    bytes.putShort(at, (short) count);
    if (wide) {
      bytes.putShort(at + WIDE, (short) (count >>> Short.SIZE));
    }
  }

  int freeBlocks() {
    return count(0xC);
  }

  int freeInodes() {
    return count(0xE);
  }

  void addFreeBlocks(int more) {
    setCount(0xC, freeBlocks() + more);
  }

  void addFreeInodes(int more) {
    setCount(0xE, freeInodes() + more);
  }

  void addDirectories(int more) {
    setCount(0x10, count(0x10) + more);
  }

  boolean has(int flag) {
    return hasFlags() && (bytes.getShort(0x12) & flag) != 0;
  }

  /** Volumes without checksums of groups have no flags. */
  private boolean hasFlags() {
    return changes.superblock().hasGroupChecksums() || changes.superblock().hasMetadataChecksums();
  }

  void clear(int flag) {
    bytes.putShort(0x12, (short) (bytes.getShort(0x12) & ~flag));
  }

  /** Records that an inode is used, so that those before it are looked at. */
  void useInode(int index) {
    if (hasFlags()) {
      clear(INODES_UNUSED);
      int after = (int) changes.superblock().inodesPerGroup() - 1 - index;
      setCount(0x1C, Math.min(count(0x1C), after));
    }
  }

  /** Returns the bitmap of blocks, not to be changed. */
  byte[] readBlockBitmap() throws IOException {
    return read("bitmap of blocks", blockBitmap(), changes.superblock().blocksPerGroup(), 0x18);
  }

  /** Returns the bitmap of inodes, not to be changed. */
  byte[] readInodeBitmap() throws IOException {
    return read("bitmap of inodes", inodeBitmap(), changes.superblock().inodesPerGroup(), 0x1A);
  }

  private byte[] read(String name, long block, long bits, int checksumAt) throws IOException {
    byte[] bitmap = DeviceBytes.bytesOf(changes.volume().read(block, name));
    if (!isBitmap(bitmap, bits, checksumAt)) {
      throw changes
          .volume()
          .corrupt(
              name,
              changes.volume().position(block),
              "of group " + number + " has a wrong checksum");
    }
    return bitmap;
  }

  /** Returns whether the recorded checksum of a bitmap is right, or there is none. */
  private boolean isBitmap(byte[] bitmap, long bits, int at) {
    if (!changes.superblock().hasMetadataChecksums()) {
      return true;
    }
    int sum = sum(bitmap, bits);
    return (short) sum == bytes.getShort(at)
        && (!wide || (short) (sum >>> Short.SIZE) == bytes.getShort(at + WIDE));
  }

  private int sum(byte[] bitmap, long bits) {
    return changes.superblock().checksums().ofBitmap(bitmap, (int) (bits / Byte.SIZE));
  }

  void setBlockBitmap(byte[] bitmap) {
    setBitmap(bitmap, changes.superblock().blocksPerGroup(), 0x18);
  }

  void setInodeBitmap(byte[] bitmap) {
    setBitmap(bitmap, changes.superblock().inodesPerGroup(), 0x1A);
  }

  private void setBitmap(byte[] bitmap, long bits, int at) {
    if (changes.superblock().hasMetadataChecksums()) {
      setCount(at, sum(bitmap, bits));
    }
  }

  /** Makes this what the volume has. */
  void save() throws IOException {
    if (hasFlags()) {
      bytes.putShort(
          Group.CHECKSUM_AT,
          changes.superblock().checksums().ofGroup(number, DeviceBytes.bytesOf(bytes)));
    }
    changes.device().put(changes.volume().groups().position(number), DeviceBytes.bytesOf(bytes));
  }
}
