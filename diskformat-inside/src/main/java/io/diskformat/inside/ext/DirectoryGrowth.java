package io.diskformat.inside.ext;

import java.io.IOException;

/** Gives blocks to directories. What changes of a directory's inode is not saved. */
final class DirectoryGrowth {
  private final ExtChanges changes;
  private final BlockAllocator allocator;
  private final DirectorySigner signer;
  private final int blockSize;

  DirectoryGrowth(ExtChanges changes, BlockAllocator allocator, DirectorySigner signer) {
    this.changes = changes;
    this.allocator = allocator;
    this.signer = signer;
    this.blockSize = changes.superblock().blockSize();
  }

  private static long size(InodeChange directory) {
    return Integer.toUnsignedLong(directory.bytes().getInt(4));
  }

  /** Returns how many blocks a directory has. */
  long blocks(InodeChange directory) {
    return size(directory) / blockSize;
  }

  /** Adds a block without entries, and returns where it is. */
  long append(InodeChange directory) throws IOException {
    long size = size(directory) + blockSize;
    if (size > Integer.MAX_VALUE) {
      throw changes.unsupported("a directory of ext4 of 2 GiB");
    }
    BlockMap map = BlockMaps.of(changes, allocator, directory);
    long block = map.provide(blocks(directory), 1).block();
    clear(changes.device().replace(block));
    directory.setSize(size);
    return block;
  }

  /** Makes a block be one without entries. */
  void clear(byte[] block) {
    new EntryBlock(block, true, signer.end()).clear();
    signer.addTail(block);
  }

  /**
   * Makes nobody see a block of a directory any more: if it is not one that this edit has taken, it
   * is put into another one.
   *
   * @param block where it is
   * @return where it is then
   */
  long own(InodeChange directory, long fileBlock, long block) throws IOException {
    if (changes.isFresh(block)) {
      return block;
    }
    byte[] bytes = changes.volume().read(block, "directory").array();
    long place = BlockMaps.of(changes, allocator, directory).replace(fileBlock);
    System.arraycopy(bytes, 0, changes.device().replace(place), 0, bytes.length);
    NameChanges names = changes.names();
    if (names.moveBlocks().containsKey(block)) {
      names.noteMoveBlock(place, directory.number());
    }
    changes.noteLeft(block);
    return place;
  }
}
