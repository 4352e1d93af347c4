package io.diskformat.inside.xfs;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FreeRangeListener;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The blocks that nothing uses: each group has a tree of them by their numbers, whose leaves are
 * read from the first to the last. Numbers have their highest byte first, but for checksums.
 *
 * <pre>
 * second sector of a group           block of a tree            record
 *  0  "XAGF"                          0  "ABTB", or "AB3B"       0  first block, 32 bits
 *  8  number of the group, 32 bits    4  level, 16 bits          4  blocks, 32 bits
 *  C  blocks of the group, 32 bits    6  records, 16 bits
 * 10  root of the tree, 32 bits       C  block to the right
 * 1C  levels of the tree, 32 bits    34  checksum of AB3B
 * 34  free blocks, 32 bits
 * D8  checksum
 * </pre>
 *
 * A block that is no leaf has two numbers for each below it, the least record there, and behind all
 * of these, whether used or not, the block of each.
 */
final class FreeBlocks {
  private static final String HEAD = "head of free space";
  private static final String TREE = "tree of free space";
  private static final int HEAD_MAGIC = 0x58414746;
  private static final int HEAD_CHECKSUM_AT = 0xD8;
  private static final int TREE_MAGIC = 0x41425442;
  private static final int TREE_MAGIC_5 = 0x41423342;
  private static final int TREE_CHECKSUM_AT = 0x34;
  private static final int HEADER = 16;
  private static final int HEADER_5 = 56;
  private static final int RECORD = 8;
  private static final int MOST_LEVELS = 8;
  private static final int NONE = -1;
  private static final int SECTOR_SIZE_AT = 0x66;

  private final XfsVolume volume;
  private final Superblock superblock;
  private final int sectorSize;
  private final int header;

  FreeBlocks(XfsVolume volume) throws IOException {
    this.volume = volume;
    this.superblock = volume.superblock();
    this.sectorSize =
        Short.toUnsignedInt(volume.read(SECTOR_SIZE_AT, Short.BYTES, HEAD).getShort(0));
    this.header = superblock.hasChecksums() ? HEADER_5 : HEADER;
  }

  void list(FreeRangeListener listener) throws IOException {
    volume.bytes().check(0, superblock.blocks() * superblock.blockSize(), "file system");
    for (long group = 0; group < superblock.groups(); group++) {
      new OfGroup(group, listener).list();
    }
  }

  /** The tree of one group. */
  private final class OfGroup {
    private final long group;
    private final FreeRangeListener listener;
    private final long position;
    private final ByteBuffer head;
    private final long length;

    OfGroup(long group, FreeRangeListener listener) throws IOException {
      this.group = group;
      this.listener = listener;
      long first = group * superblock.blocksPerGroup();
      this.length = Math.min(superblock.blocksPerGroup(), superblock.blocks() - first);
      this.position = first * superblock.blockSize() + sectorSize;
      this.head = volume.read(position, sectorSize, HEAD);
      if (head.getInt(0) != HEAD_MAGIC
          || head.getInt(8) != (int) group
          || Integer.toUnsignedLong(head.getInt(0xC)) != length
          || (superblock.hasChecksums()
              && !Checksum.isRight(DeviceBytes.bytesOf(head), HEAD_CHECKSUM_AT))) {
        throw volume.corrupt(HEAD, position, "of group " + group + " makes no sense");
      }
    }

    void list() throws IOException {
      int levels = head.getInt(0x1C);
      if (levels < 1 || levels > MOST_LEVELS) {
        throw volume.corrupt(HEAD, position, "has a tree of " + levels + " levels");
      }
      int next = head.getInt(0x10);
      for (int level = levels - 1; level > 0; level--) {
        ByteBuffer block = block(next, level);
        int most = (superblock.blockSize() - header) / (RECORD + Integer.BYTES);
        if (block.getShort(6) < 1 || block.getShort(6) > most) {
          throw corrupt(next, "has " + block.getShort(6) + " blocks below it");
        }
        next = block.getInt(header + most * RECORD);
      }
      long free = 0;
      long after = 0;
      while (next != NONE) {
        ByteBuffer leaf = block(next, 0);
        int records = Short.toUnsignedInt(leaf.getShort(6));
        // An empty leaf is a root, and without that a ring of them would have no end.
        if (records > (superblock.blockSize() - header) / RECORD || (records == 0 && levels > 1)) {
          throw corrupt(next, "has " + records + " records");
        }
        for (int i = 0; i < records; i++) {
          long from = Integer.toUnsignedLong(leaf.getInt(header + i * RECORD));
          long count = Integer.toUnsignedLong(leaf.getInt(header + i * RECORD + Integer.BYTES));
          if (from < after || count < 1 || from + count > length) {
            throw corrupt(next, "lists %d blocks from %d behind %d".formatted(count, from, after));
          }
          after = from + count;
          free += count;
          listener.free(
              (group * superblock.blocksPerGroup() + from) * superblock.blockSize(),
              count * superblock.blockSize());
        }
        next = levels == 1 ? NONE : leaf.getInt(0xC);
      }
      if (free != Integer.toUnsignedLong(head.getInt(0x34))) {
        throw volume.corrupt(
            HEAD, position, "says " + head.getInt(0x34) + " free blocks, and there are " + free);
      }
    }

    private ByteBuffer block(int number, int level) throws IOException {
      long block = Integer.toUnsignedLong(number);
      if (block >= length) {
        throw corrupt(number, "is not in the group");
      }
      long at = (group * superblock.blocksPerGroup() + block) * superblock.blockSize();
      ByteBuffer bytes = volume.read(at, superblock.blockSize(), TREE);
      boolean checked = superblock.hasChecksums();
      if (bytes.getInt(0) != (checked ? TREE_MAGIC_5 : TREE_MAGIC)
          || bytes.getShort(4) != level
          || (checked && !Checksum.isRight(DeviceBytes.bytesOf(bytes), TREE_CHECKSUM_AT))) {
        throw corrupt(number, "makes no sense");
      }
      return bytes;
    }

    private CorruptImageException corrupt(int block, String problem) {
      return volume.corrupt(
          TREE,
          (group * superblock.blocksPerGroup() + Integer.toUnsignedLong(block))
              * superblock.blockSize(),
          "of group " + group + ", block " + Integer.toUnsignedString(block) + ": " + problem);
    }
  }
}
