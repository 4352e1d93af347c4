package io.diskformat.inside.xfs;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The state that all files of one volume share: where inodes and blocks are. Thread-safe. */
final class XfsVolume {
  private static final String INODE = "inode";

  private final DeviceBytes device;
  private final Superblock superblock;

  XfsVolume(DeviceBytes device) throws IOException {
    this.device = device;
    this.superblock = Superblock.read(device);
  }

  Superblock superblock() {
    return superblock;
  }

  BlockDevice device() {
    return device.device();
  }

  DeviceBytes bytes() {
    return device;
  }

  /**
   * Returns where blocks are, in bytes. Their number has the group in its upper bits.
   *
   * @param structure that lists them, which is at {@code where}
   * @throws CorruptImageException if they are not all in one group
   */
  long position(long block, long count, String structure, long where) throws CorruptImageException {
    long group = block >>> superblock.groupShift();
    long within = block & ((1L << superblock.groupShift()) - 1);
    if (group >= superblock.groups()
        || count > superblock.blocksPerGroup()
        || within > superblock.blocksPerGroup() - count
        || group * superblock.blocksPerGroup() + within > superblock.blocks() - count) {
      throw corrupt(
          structure, where, "lists %d blocks from %d of group %d".formatted(count, within, group));
    }
    return (group * superblock.blocksPerGroup() + within) * superblock.blockSize();
  }

  /** Reads bytes of a structure; numbers have their highest byte first. */
  ByteBuffer read(long position, int length, String structure) throws IOException {
    return device.read(position, length, structure).order(ByteOrder.BIG_ENDIAN);
  }

  /**
   * Checks what structures of version 5 say of themselves.
   *
   * @param header where it says so
   * @param owner the inode that the structure is of
   */
  void checkOwn(ByteBuffer bytes, Header header, long owner, String structure, long position)
      throws CorruptImageException {
    if (!superblock.hasChecksums()) {
      return;
    }
    if (!Checksum.isRight(DeviceBytes.bytesOf(bytes), header.checksumAt())) {
      throw corrupt(structure, position, "has a wrong checksum");
    }
    if (!Superblock.uuid(bytes, header.uuidAt()).equals(superblock.uuid())
        || bytes.getLong(header.ownerAt()) != owner) {
      throw corrupt(structure, position, "is not of inode " + owner);
    }
  }

  /**
   * Reads an inode. Its number has the block in its upper bits.
   *
   * @throws CorruptImageException if there is none of that number, or it makes no sense
   */
  Inode inode(long number) throws IOException {
    long block = number >>> superblock.inodeShift();
    long index = number & ((1L << superblock.inodeShift()) - 1);
    long position =
        position(block, 1, "inode number " + number, -1) + index * superblock.inodeSize();
    ByteBuffer bytes = read(position, superblock.inodeSize(), INODE);
    Inode inode = new Inode(number, position, bytes);
    if (!inode.isMarked()) {
      throw corrupt(INODE, position, number + " has no mark");
    }
    boolean newest = inode.version() == 3;
    if (newest != superblock.hasChecksums() || inode.version() < 1 || inode.version() > 3) {
      throw corrupt(INODE, position, number + " is of version " + inode.version());
    }
    checkOwn(bytes, Header.INODE, number, INODE, position);
    if (inode.attributesAt() > superblock.inodeSize()) {
      throw corrupt(INODE, position, number + " has attributes behind its end");
    }
    return inode;
  }

  CorruptImageException corrupt(String structure, long position, String problem) {
    return device.corrupt(structure, position, problem);
  }

  UnsupportedFeatureException unsupported(String feature) {
    return new UnsupportedFeatureException(device.name(), feature);
  }
}
