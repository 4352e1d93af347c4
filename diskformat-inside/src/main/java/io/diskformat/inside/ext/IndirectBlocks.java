package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The blocks of a file as ext2 lists them, 32 bits each, 0 for those that are stored nowhere:
 * twelve in the inode, then a block with such numbers, then one with the numbers of such blocks,
 * and one with the numbers of those.
 */
final class IndirectBlocks implements FileBlocks {
  static final int DIRECT = 12;
  static final int LEVELS = 3;
  private static final String NAME = "indirect block";

  private final ExtVolume volume;
  private final Inode inode;
  private final int perBlock;

  IndirectBlocks(ExtVolume volume, Inode inode) {
    this.volume = volume;
    this.inode = inode;
    this.perBlock = volume.superblock().blockSize() / Integer.BYTES;
  }

  @Override
  public Run at(long fileBlock) throws IOException {
    ByteBuffer inInode =
        inode.bytes().slice(Inode.BLOCKS_AT, Inode.BLOCKS_SIZE).order(inode.bytes().order());
    long position = inode.position() + Inode.BLOCKS_AT;
    if (fileBlock < DIRECT) {
      return run(inInode, position, DIRECT, (int) fileBlock, fileBlock);
    }
    long first = DIRECT;
    long covered = perBlock;
    for (int level = 1; level <= LEVELS; level++) {
      if (fileBlock < first + covered) {
        long block = Integer.toUnsignedLong(inInode.getInt((DIRECT + level - 1) * Integer.BYTES));
        return below(block, position, level, first, covered, fileBlock);
      }
      first += covered;
      covered *= perBlock;
    }
    return new Run(fileBlock, Long.MAX_VALUE - fileBlock, Run.NOWHERE);
  }

  /**
   * Goes down.
   *
   * @param root the block to go down from
   * @param from where its number is
   * @param levels how many there are from there on
   * @param start the first block of the file that it is about
   * @param count of the blocks of the file that it is about
   */
  private Run below(long root, long from, int levels, long start, long count, long fileBlock)
      throws IOException {
    long block = root;
    long first = start;
    long covered = count;
    long position = from;
    for (int level = levels; ; level--) {
      if (block == 0) {
        return new Run(first, covered, Run.NOWHERE);
      }
      volume.checkBlocks(block, 1, NAME, position);
      ByteBuffer bytes = volume.read(block, NAME);
      position = volume.position(block);
      if (level == 1) {
        return run(bytes, position, perBlock, (int) (fileBlock - first), fileBlock);
      }
      covered /= perBlock;
      int index = (int) ((fileBlock - first) / covered);
      first += index * covered;
      block = Integer.toUnsignedLong(bytes.getInt(index * Integer.BYTES));
    }
  }

  /** Returns the run from an index on. */
  private Run run(ByteBuffer numbers, long position, int count, int index, long fileBlock)
      throws IOException {
    long block = number(numbers, index);
    int end = index + 1;
    while (end < count && number(numbers, end) == (block == 0 ? 0 : block + end - index)) {
      end++;
    }
    int length = end - index;
    if (block == 0) {
      return new Run(fileBlock, length, Run.NOWHERE);
    }
    volume.checkBlocks(block, length, NAME, position);
    return new Run(fileBlock, length, block);
  }

  private static long number(ByteBuffer numbers, int index) {
    return Integer.toUnsignedLong(numbers.getInt(index * Integer.BYTES));
  }
}
