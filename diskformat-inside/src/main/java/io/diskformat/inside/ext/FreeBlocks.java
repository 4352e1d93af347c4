package io.diskformat.inside.ext;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FreeRangeListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The blocks that nothing uses, by the bitmaps of groups, one bit for each block, or for each
 * cluster where there are such. A group whose descriptor, which {@link Group} draws, says another
 * number of free ones than its bitmap is damaged. Of a group that was never used, the bitmap need
 * not be there.
 */
final class FreeBlocks {
  private static final String NAME = "bitmap of blocks";
  private static final int STATE_AT = 0x3A;
  private static final int CLEAN = 1;
  private static final int FLAGS_AT = 0x12;
  private static final int NEVER_USED = 2;

  private final ExtVolume volume;
  private final Superblock superblock;
  private final int blocksOfCluster;
  private final GroupBlocks groups;

  FreeBlocks(ExtVolume volume) throws IOException {
    this.volume = volume;
    this.superblock = volume.superblock();
    this.blocksOfCluster = Math.toIntExact(superblock.clusterSize() / superblock.blockSize());
    ByteBuffer bytes = volume.bytes().read(Superblock.POSITION, Superblock.SIZE, "superblock");
    this.groups = new GroupBlocks(volume);
    if (bytes.getShort(STATE_AT) != CLEAN || superblock.hasIncompatible(Features.RECOVER)) {
      throw volume.unsupported(
          "free space of a file system that was not unmounted, or needs e2fsck");
    }
  }

  void list(FreeRangeListener listener) throws IOException {
    volume.bytes().check(0, volume.position(superblock.blocks()), "file system");
    for (long group = 0; group < superblock.groups(); group++) {
      list(group, groups.first(group), groups.count(group), listener);
    }
  }

  private void list(long group, long first, long count, FreeRangeListener listener)
      throws IOException {
    int bits = Math.toIntExact(Math.ceilDiv(count, blocksOfCluster));
    BitSet used = used(group, first, bits);
    for (int at = used.nextClearBit(0); at < bits; ) {
      int next = used.nextSetBit(at);
      int end = next < 0 ? bits : Math.min(next, bits);
      long from = first + (long) at * blocksOfCluster;
      long until = Math.min(first + count, first + (long) end * blocksOfCluster);
      listener.free(volume.position(from), volume.position(until - from));
      at = used.nextClearBit(end);
    }
  }

  private BitSet used(long group, long first, int bits) throws IOException {
    ByteBuffer descriptor = volume.groups().bytes(group);
    Group known = volume.groups().get(group);
    long bitmap = number(descriptor, 0, 0x20);
    boolean neverUsed =
        (descriptor.getShort(FLAGS_AT) & NEVER_USED) != 0
            && (superblock.hasGroupChecksums() || superblock.hasMetadataChecksums());
    BitSet used;
    if (neverUsed) {
      used = new BitSet(bits);
      mark(used, bits, first, first, groups.head(group));
      mark(used, bits, first, bitmap, 1);
      mark(used, bits, first, number(descriptor, 4, 0x24), 1);
      mark(used, bits, first, known.inodeTable(), groups.ofInodes());
    } else {
      ByteBuffer bytes = volume.read(bitmap, NAME);
      checkSum(descriptor, bytes, group);
      used = BitSet.valueOf(Arrays.copyOf(DeviceBytes.bytesOf(bytes), bits / Byte.SIZE + 1));
    }
    long free = (long) bits - used.get(0, bits).cardinality();
    long recorded = Short.toUnsignedInt(descriptor.getShort(0xC));
    if (superblock.hasWideDescriptors()) {
      recorded |= (long) Short.toUnsignedInt(descriptor.getShort(0x2C)) << Short.SIZE;
    }
    if (free != recorded) {
      throw corrupt(bitmap, "of group %d has %d free, not %d".formatted(group, free, recorded));
    }
    return used;
  }

  private CorruptImageException corrupt(long bitmap, String problem) {
    return volume.corrupt(NAME, bitmap * superblock.blockSize(), problem);
  }

  private long number(ByteBuffer descriptor, int low, int high) {
    long upper =
        superblock.hasWideDescriptors()
            ? Integer.toUnsignedLong(descriptor.getInt(high)) << Integer.SIZE
            : 0;
    return upper | Integer.toUnsignedLong(descriptor.getInt(low));
  }

  /** Marks blocks as far as they are in a group; structures of one may be in another. */
  private void mark(BitSet used, int bits, long first, long block, long length) {
    long from = Math.max(0, block - first) / blocksOfCluster;
    long until = Math.min(bits, Math.ceilDiv(block + length - first, (long) blocksOfCluster));
    if (from < until) {
      used.set((int) from, (int) until);
    }
  }

  private void checkSum(ByteBuffer descriptor, ByteBuffer bitmap, long group)
      throws CorruptImageException {
    if (!superblock.hasMetadataChecksums()) {
      return;
    }
    int length = Math.toIntExact(superblock.blocksPerGroup() / blocksOfCluster / Byte.SIZE);
    int sum = superblock.checksums().ofBitmap(DeviceBytes.bytesOf(bitmap), length);
    boolean wide = superblock.hasWideDescriptors();
    int recorded = Short.toUnsignedInt(descriptor.getShort(0x18));
    recorded |= wide ? descriptor.getShort(0x38) << Short.SIZE : 0;
    if ((wide ? sum : sum & 0xFFFF) != recorded) {
      throw corrupt(number(descriptor, 0, 0x20), "of group " + group + " has a wrong checksum");
    }
  }
}
