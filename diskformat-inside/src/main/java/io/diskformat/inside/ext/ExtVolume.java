package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What all files of one file system have in common: where inodes and blocks are. Thread-safe. */
final class ExtVolume {
  private static final String INODE = "inode";

  private static final int MOST_WITHOUT_PARENT = 4096;

  private final DeviceBytes device;
  private final Superblock superblock;
  private final Groups groups;

  /** The directory that each was found in first. */
  private final Map<Long, Long> withoutParent = new ConcurrentHashMap<>();

  /** The device, if blocks of it are in the journal. */
  private final @Nullable ReplayedDevice replayed;

  private ExtVolume(DeviceBytes device, @Nullable ReplayedDevice replayed) throws IOException {
    this.device = device;
    this.superblock = Superblock.read(device);
    this.groups = new Groups(device, superblock);
    this.replayed = replayed;
  }

  /** Returns a volume as it is stored. */
  static ExtVolume stored(BlockDevice device) throws IOException {
    return new ExtVolume(new DeviceBytes(device), null);
  }

  /** Returns a volume some blocks of which are in its journal. */
  static ExtVolume replayed(ReplayedDevice device) throws IOException {
    return new ExtVolume(new DeviceBytes(device), device);
  }

  /**
   * Adds where bytes are on the device that the volume is on.
   *
   * @throws UnsupportedFeatureException if they are nowhere as they are
   */
  void addRanges(long position, long length, List<ByteRange> into) throws IOException {
    if (replayed == null) {
      into.add(new ByteRange(position, length));
    } else {
      replayed.addRanges(position, length, into);
    }
  }

  Superblock superblock() {
    return superblock;
  }

  Groups groups() {
    return groups;
  }

  BlockDevice device() {
    return device.device();
  }

  DeviceBytes bytes() {
    return device;
  }

  /** Returns where a block is, in bytes. */
  long position(long block) {
    return block * superblock.blockSize();
  }

  /**
   * Reads a block.
   *
   * @param structure that is in it, as errors name it
   */
  ByteBuffer read(long block, String structure) throws IOException {
    if (block <= superblock.ownBlock() || block >= superblock.blocks()) {
      throw corrupt(structure, -1, "is said to be in block " + block);
    }
    return device.read(position(block), superblock.blockSize(), structure);
  }

  /**
   * Checks that blocks are where a file's may be.
   *
   * @param structure that lists them, which is at {@code position}
   */
  void checkBlocks(long block, long count, String structure, long position)
      throws CorruptImageException {
    if (block <= superblock.ownBlock() || block > superblock.blocks() - count) {
      throw corrupt(
          structure,
          position,
          "lists the blocks %d to %d, and there are %d"
              .formatted(block, block + count - 1, superblock.blocks()));
    }
  }

  /**
   * Reads an inode.
   *
   * @throws CorruptImageException if there is none of that number, or it makes no sense
   */
  Inode inode(long number) throws IOException {
    long position = inodePosition(number);
    Inode inode = new Inode(number, position, device.read(position, superblock.inodeSize(), INODE));
    int extra = inode.extraSize();
    if (extra > superblock.inodeSize() - Inode.OLD_SIZE || extra % Integer.BYTES != 0) {
      throw corrupt(INODE, position, number + " uses " + extra + " bytes more");
    }
    checkSum(inode);
    return inode;
  }

  /**
   * Returns where an inode is, in bytes.
   *
   * @throws CorruptImageException if there is none of that number
   */
  long inodePosition(long number) throws IOException {
    if (number < 1 || number > superblock.inodes()) {
      throw corrupt(INODE, -1, "there is none with the number " + number);
    }
    Group group = groups.get((number - 1) / superblock.inodesPerGroup());
    long index = (number - 1) % superblock.inodesPerGroup();
    return position(group.inodeTable()) + index * superblock.inodeSize();
  }

  private void checkSum(Inode inode) throws CorruptImageException {
    if (!superblock.hasMetadataChecksums()) {
      return;
    }
    int recorded = Short.toUnsignedInt(inode.bytes().getShort(Inode.CHECKSUM_LOW_AT));
    boolean whole = inode.reaches(Inode.CHECKSUM_HIGH_AT, Short.BYTES);
    if (whole) {
      recorded |= inode.bytes().getShort(Inode.CHECKSUM_HIGH_AT) << Short.SIZE;
    }
    int sum = superblock.checksums().ofInode(inode);
    if (whole ? sum != recorded : (sum & 0xFFFF) != recorded) {
      throw corrupt(INODE, inode.position(), inode.number() + " has a wrong checksum");
    }
  }

  /**
   * Notes that a directory is about to be listed that does not say which other it is in.
   *
   * @throws CorruptImageException if it was found in another one before, or there are too many
   */
  void enterWithoutParent(Inode directory, long parent) throws CorruptImageException {
    Long first = withoutParent.putIfAbsent(directory.number(), parent);
    if ((first != null && first != parent) || withoutParent.size() > MOST_WITHOUT_PARENT) {
      throw corrupt(
          "directory",
          directory.position(),
          "of inode " + directory.number() + " does not say which directory it is in");
    }
  }

  CorruptImageException corrupt(String structure, long position, String problem) {
    return device.corrupt(structure, position, problem);
  }

  UnsupportedFeatureException unsupported(String feature) {
    return new UnsupportedFeatureException(device.name(), feature);
  }
}
