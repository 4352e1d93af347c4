package io.diskformat.inside.ext;

/** The two ways in which files say where their blocks are, to be changed. */
final class BlockMaps {
  private BlockMaps() {}

  /** Returns the map of a file. */
  static BlockMap of(ExtChanges changes, BlockAllocator allocator, InodeChange file) {
    return file.inode().has(Inode.EXTENTS)
        ? new ExtentMap(changes, allocator, file)
        : new IndirectMap(changes, allocator, file);
  }
}
