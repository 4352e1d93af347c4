package io.diskformat.inside.ext;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Finds the descriptors of groups, and keeps those that were read last. Thread-safe. */
final class Groups {
  private static final int KEPT = 256;
  private static final String NAME = "group descriptor";

  private final DeviceBytes device;
  private final Superblock superblock;
  private final AtomicReferenceArray<Group> kept = new AtomicReferenceArray<>(KEPT);

  Groups(DeviceBytes device, Superblock superblock) {
    this.device = device;
    this.superblock = superblock;
  }

  /**
   * Returns what the descriptor of a group says.
   *
   * @param number of a group that there is
   */
  Group get(long number) throws IOException {
    int slot = (int) (number % KEPT);
    Group known = kept.get(slot);
    if (known == null || known.number() != number) {
      known = read(number);
      kept.set(slot, known);
    }
    return known;
  }

  private Group read(long number) throws IOException {
    ByteBuffer bytes = bytes(number);
    long position = position(number);
    Group group = Group.of(number, bytes, superblock.hasWideDescriptors());
    long length =
        Math.ceilDiv(superblock.inodesPerGroup() * superblock.inodeSize(), superblock.blockSize());
    if (group.inodeTable() < superblock.firstData()
        || group.inodeTable() > superblock.blocks() - length) {
      throw device.corrupt(
          NAME, position, "of group " + number + " has inodes at block " + group.inodeTable());
    }
    return group;
  }

  /** Returns the descriptor of a group. */
  ByteBuffer bytes(long number) throws IOException {
    long position = position(number);
    ByteBuffer bytes = device.read(position, superblock.descriptorSize(), NAME);
    if (!hasChecksum(number, bytes)) {
      throw device.corrupt(NAME, position, "of group " + number + " has a wrong checksum");
    }
    return bytes;
  }

  /**
   * Returns where the descriptor of a group is, in bytes. They are behind the superblock, or each
   * part of them in the groups that it is of.
   */
  long position(long number) {
    int blockSize = superblock.blockSize();
    int perBlock = blockSize / superblock.descriptorSize();
    long part = number / perBlock;
    long within = number % perBlock * superblock.descriptorSize();
    if (!superblock.hasIncompatible(Features.META_GROUPS) || part < superblock.firstMetaGroup()) {
      return (superblock.ownBlock() + 1 + part) * blockSize + within;
    }
    long group = part * perBlock;
    long first = superblock.firstData() + group * superblock.blocksPerGroup();
    if (group == 0) {
      first = superblock.ownBlock();
    }
    return (first + (hasSuperblock(group) ? 1 : 0)) * blockSize + within;
  }

  /** Returns whether a group begins with a copy of the superblock. */
  boolean hasSuperblock(long group) {
    if (group == 0) {
      return true;
    }
    if ((superblock.compatible() & Features.SPARSE_SUPERBLOCKS_2) != 0) {
      return group == superblock.firstBackup() || group == superblock.secondBackup();
    }
    return (superblock.readOnly() & Features.SPARSE_SUPERBLOCKS) == 0
        || group == 1
        || isPower(group, 3)
        || isPower(group, 5)
        || isPower(group, 7);
  }

  private static boolean isPower(long number, int base) {
    long power = base;
    while (power < number) {
      power *= base;
    }
    return power == number;
  }

  private boolean hasChecksum(long number, ByteBuffer descriptor) {
    boolean checked = superblock.hasMetadataChecksums() || superblock.hasGroupChecksums();
    return !checked
        || superblock.checksums().ofGroup(number, DeviceBytes.bytesOf(descriptor))
            == descriptor.getShort(Group.CHECKSUM_AT);
  }
}
