package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The index of a directory, in its first block, behind the entries for itself and for the one that
 * it is in. Numbers have their lowest byte first.
 *
 * <pre>
 * 1C  kind of hash                       20  entries at most, 16 bits
 * 1D  8                                  22  entries, 16 bits
 * 1E  levels between this and leaves     24  first leaf: a block of the directory, 32 bits
 *                                        28  8 for each other leaf: the lowest hash in there, its
 *                                            lowest bit set if the leaf before has it too; the leaf
 * </pre>
 */
final class DirectoryIndex {
  private static final int KIND_AT = 0x1C;
  private static final int LEVELS_AT = 0x1E;
  private static final int BLOCK = 0x0FFF_FFFF;

  private final ExtChanges changes;
  private final Inode directory;

  DirectoryIndex(ExtChanges changes, Inode directory) {
    this.changes = changes;
    this.directory = directory;
  }

  /** Returns the block of the volume that a name belongs to. */
  long leaf(byte[] name) throws IOException {
    ByteBuffer root = changes.volume().read(block(0), "index of a directory");
    int kind = Byte.toUnsignedInt(root.get(KIND_AT));
    if (root.get(LEVELS_AT) != 0 || !NameHash.isKnown(kind)) {
      throw changes.unsupported(
          "a new name in a directory of ext4 with %d levels of its index, by hash %d (htree)"
              .formatted(root.get(LEVELS_AT) + 1, kind));
    }
    int at = DirectoryBlocks.ROOT_INDEX_AT;
    int entries = Short.toUnsignedInt(root.getShort(at + 2));
    if (entries == 0 || at + entries * DirectoryBlocks.INDEX_ENTRY > root.capacity()) {
      throw corrupt("has an index with " + entries + " entries");
    }
    ByteBuffer superblock =
        changes.volume().bytes().read(Superblock.POSITION, Superblock.SIZE, "superblock");
    long hash = NameHash.of(superblock, kind).of(name);
    int found = 0;
    for (int i = 1; i < entries; i++) {
      long lowest = Integer.toUnsignedLong(root.getInt(at + i * DirectoryBlocks.INDEX_ENTRY)) & ~1;
      if (lowest <= hash) {
        found = i;
      }
    }
    int leaf = root.getInt(at + found * DirectoryBlocks.INDEX_ENTRY + Integer.BYTES) & BLOCK;
    if (leaf == 0) {
      throw corrupt("has an index that leads to itself");
    }
    return block(leaf);
  }

  private long block(long fileBlock) throws IOException {
    Run run = FileData.blocks(changes.volume(), directory).at(fileBlock);
    if (run.isHole()) {
      throw corrupt("has a hole, its block " + fileBlock);
    }
    return run.block() + fileBlock - run.first();
  }

  private IOException corrupt(String problem) {
    return changes
        .volume()
        .corrupt(
            "directory", directory.position(), "of inode " + directory.number() + " " + problem);
  }
}
