package io.diskformat.inside.ext;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Gives blocks of directories their checksums, where there are any. {@link DirectoryBlocks} draws
 * them.
 */
final class DirectorySigner {
  private final Checksums checksums;
  private final boolean signs;
  private final int blockSize;

  DirectorySigner(ExtChanges changes) {
    this.checksums = changes.superblock().checksums();
    this.signs = changes.superblock().hasMetadataChecksums();
    this.blockSize = changes.superblock().blockSize();
  }

  /** Returns where entries end in a block. */
  int end() {
    return signs ? blockSize - DirectoryBlocks.TAIL : blockSize;
  }

  /** Makes room for the checksum of a new block. */
  void addTail(byte[] block) {
    if (signs) {
      buffer(block)
          .putInt(end(), 0)
          .putInt(end() + Integer.BYTES, DirectoryBlocks.TAIL_LENGTH_AND_TYPE);
    }
  }

  private static ByteBuffer buffer(byte[] block) {
    return ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Records the checksum of a block as it is now; that with an index has it elsewhere. */
  void sign(Inode directory, byte[] block) {
    if (!signs) {
      return;
    }
    ByteBuffer bytes = buffer(block);
    // Only the first block of a directory begins with an entry for itself.
    boolean isFirst =
        Integer.toUnsignedLong(bytes.getInt(0)) == directory.number()
            && bytes.get(6) == 1
            && bytes.get(DirectoryEntry.HEADER) == '.';
    if (isFirst && directory.has(Inode.INDEXED)) {
      signIndex(directory, block, true);
    } else {
      bytes.putInt(end() + 2 * Integer.BYTES, checksums.ofBlock(directory, block, end()));
    }
  }

  /** Records the checksum of a block of an index as it is now. */
  void signIndex(Inode directory, byte[] block, boolean isRoot) {
    if (!signs) {
      return;
    }
    ByteBuffer bytes = buffer(block);
    int at = isRoot ? DirectoryBlocks.ROOT_INDEX_AT : DirectoryBlocks.INDEX_AT;
    int most = Short.toUnsignedInt(bytes.getShort(at));
    int entries = Short.toUnsignedInt(bytes.getShort(at + 2));
    int tail = at + most * DirectoryBlocks.INDEX_ENTRY;
    int length = at + entries * DirectoryBlocks.INDEX_ENTRY;
    bytes.putInt(tail + Integer.BYTES, checksums.ofIndex(directory, block, length, tail));
  }
}
