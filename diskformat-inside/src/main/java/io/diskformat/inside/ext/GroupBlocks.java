package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Which blocks a group has, and what it begins with:
 *
 * <pre>
 * block 0        the superblock, or a copy of it, in those groups that have one
 * then           descriptors of all groups, and blocks that are reserved for more of them; with meta
 *                groups only in the first, the second and the last group of those that one block
 *                describes, one block
 * </pre>
 */
final class GroupBlocks {
  private static final int RESIZE_INODE = 0x10;
  private static final int RESERVED_DESCRIPTOR_BLOCKS_AT = 0xCE;

  private final Superblock superblock;
  private final Groups groups;
  private final int reserved;

  GroupBlocks(ExtVolume volume) throws IOException {
    this.superblock = volume.superblock();
    this.groups = volume.groups();
    ByteBuffer own = volume.bytes().read(Superblock.POSITION, Superblock.SIZE, "superblock");
    this.reserved =
        (superblock.compatible() & RESIZE_INODE) == 0
            ? 0
            : Short.toUnsignedInt(own.getShort(RESERVED_DESCRIPTOR_BLOCKS_AT));
  }

  /** Returns the first block of a group. */
  long first(long group) {
    return superblock.firstData() + group * superblock.blocksPerGroup();
  }

  /** Returns how many blocks a group has. */
  int count(long group) {
    return (int) Math.min(superblock.blocksPerGroup(), superblock.blocks() - first(group));
  }

  /** Returns the group that a block is in. */
  long groupOf(long block) {
    return (block - superblock.firstData()) / superblock.blocksPerGroup();
  }

  /** Returns how many blocks of its group are before a block. */
  int indexOf(long block) {
    return (int) ((block - superblock.firstData()) % superblock.blocksPerGroup());
  }

  /** Returns how many blocks the inodes of a group take. */
  long ofInodes() {
    return Math.ceilDiv(
        superblock.inodesPerGroup() * superblock.inodeSize(), superblock.blockSize());
  }

  /** Returns how many blocks a group begins with that hold the superblock and descriptors. */
  long head(long group) {
    long perBlock = superblock.blockSize() / superblock.descriptorSize();
    long copy = groups.hasSuperblock(group) ? 1 : 0;
    boolean meta = superblock.hasIncompatible(Features.META_GROUPS);
    if (meta && group / perBlock >= superblock.firstMetaGroup()) {
      long within = group % perBlock;
      return copy + (within <= 1 || within == perBlock - 1 ? 1 : 0);
    }
    long descriptors =
        meta ? superblock.firstMetaGroup() : Math.ceilDiv(superblock.groups(), perBlock);
    return copy * (1 + descriptors + reserved);
  }
}
