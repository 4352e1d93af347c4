package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bitmaps that say which blocks are in use. That of a group none of whose blocks was ever used
 * need not be there: what it would be follows from what the group has of its own.
 */
final class BlockBitmaps {
  private static final int RESIZE_INODE = 0x10;
  private static final int RESERVED_DESCRIPTOR_BLOCKS_AT = 0xCE;
  private static final String NAME = "bitmap of blocks";

  private final ExtChanges changes;
  private final Superblock superblock;

  BlockBitmaps(ExtChanges changes) {
    this.changes = changes;
    this.superblock = changes.superblock();
  }

  long groupOf(long block) {
    return (block - superblock.firstData()) / superblock.blocksPerGroup();
  }

  int indexOf(long block) {
    return (int) ((block - superblock.firstData()) % superblock.blocksPerGroup());
  }

  /** Returns the first block of a group. */
  long first(long group) {
    return superblock.firstData() + group * superblock.blocksPerGroup();
  }

  /** Returns how many blocks a group has. */
  int count(long group) {
    return (int) Math.min(superblock.blocksPerGroup(), superblock.blocks() - first(group));
  }

  /** Returns the bitmap of a group, not to be changed. */
  byte[] read(GroupChange group) throws IOException {
    if (group.has(GroupChange.BLOCKS_UNUSED)) {
      return unused(group);
    }
    long block = group.blockBitmap();
    byte[] bitmap = changes.volume().read(block, NAME).array();
    if (!group.isBlockBitmap(bitmap)) {
      throw changes
          .volume()
          .corrupt(
              NAME,
              changes.volume().position(block),
              "of group " + group.number() + " has a wrong checksum");
    }
    return bitmap;
  }

  /** Returns the bitmap of a group, to be changed; one that was not there is from now on. */
  byte[] change(GroupChange group) throws IOException {
    if (!group.has(GroupChange.BLOCKS_UNUSED)) {
      return changes.device().change(group.blockBitmap());
    }
    byte[] unused = unused(group);
    byte[] bitmap = changes.device().replace(group.blockBitmap());
    System.arraycopy(unused, 0, bitmap, 0, bitmap.length);
    group.clear(GroupChange.BLOCKS_UNUSED);
    return bitmap;
  }

  private byte[] unused(GroupChange group) throws IOException {
    long number = group.number();
    int count = count(number);
    byte[] bitmap = Bits.ofClear(count, superblock.blockSize());
    Bits.set(bitmap, 0, Math.min(headBlocks(number), count));
    setOwn(bitmap, number, group.blockBitmap(), 1);
    setOwn(bitmap, number, group.inodeBitmap(), 1);
    long table =
        Math.ceilDiv(superblock.inodesPerGroup() * superblock.inodeSize(), superblock.blockSize());
    setOwn(bitmap, number, group.inodeTable(), table);
    if (Bits.countClear(bitmap, count) != group.freeBlocks()) {
      throw changes
          .volume()
          .corrupt(
              "group descriptor",
              changes.volume().groups().position(number),
              "of group %d says that %d blocks are free, and %d would be"
                  .formatted(number, group.freeBlocks(), Bits.countClear(bitmap, count)));
    }
    return bitmap;
  }

  /** Structures of a group may be in another one. */
  private void setOwn(byte[] bitmap, long group, long block, long length) {
    for (long own = block; own < block + length; own++) {
      if (groupOf(own) == group) {
        Bits.set(bitmap, indexOf(own), 1);
      }
    }
  }

  /** Returns how many blocks a group begins with that hold copies. */
  private int headBlocks(long group) throws IOException {
    boolean copy = changes.volume().groups().hasSuperblock(group);
    int perBlock = superblock.blockSize() / superblock.descriptorSize();
    boolean meta = superblock.hasIncompatible(Features.META_GROUPS);
    if (meta && group / perBlock >= superblock.firstMetaGroup()) {
      long within = group % perBlock;
      boolean descriptors = within <= 1 || within == perBlock - 1;
      return (copy ? 1 : 0) + (descriptors ? 1 : 0);
    }
    if (!copy) {
      return 0;
    }
    long descriptors =
        meta ? superblock.firstMetaGroup() : Math.ceilDiv(superblock.groups(), perBlock);
    int reserved = 0;
    if ((superblock.compatible() & RESIZE_INODE) != 0) {
      ByteBuffer own = changes.volume().bytes().read(Superblock.POSITION, 1024, "superblock");
      reserved = Short.toUnsignedInt(own.getShort(RESERVED_DESCRIPTOR_BLOCKS_AT));
    }
    return Math.toIntExact(Math.min(1 + descriptors + reserved, Integer.MAX_VALUE));
  }
}
