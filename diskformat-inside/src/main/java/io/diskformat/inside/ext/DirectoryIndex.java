package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The index of a directory. Its root is the directory's first block, behind the entries for itself
 * and for the one that it is in; each entry leads to a leaf, which has names, or to another block
 * of the index. Numbers have their lowest byte first.
 *
 * <pre>
 * root                                        other blocks
 * 1C  kind of hash
 * 1D  8                                        0  an entry of nobody, as long as the block
 * 1E  levels between this and leaves
 * 20  entries at most, 16 bits                 8
 * 22  entries, 16 bits                         A
 * 24  where the first leads: a block of the    C
 *     directory, 32 bits
 * 28  8 for each other entry: the lowest hash 10
 *     in there, its lowest bit set if what
 *     comes before has it too; where it leads
 * </pre>
 */
final class DirectoryIndex {
  private static final int KIND_AT = 0x1C;
  private static final int LEVELS_AT = 0x1E;
  private static final int TAIL = 8;
  private static final String NAME = "index of a directory";

  private final ExtChanges changes;
  private final Inode directory;

  DirectoryIndex(ExtChanges changes, Inode directory) {
    this.changes = changes;
    this.directory = directory;
  }

  /**
   * A block on the way to a leaf.
   *
   * @param fileBlock of the directory
   * @param entry that leads on
   */
  record Step(long fileBlock, int entry) {
    boolean isRoot() {
      return fileBlock == 0;
    }
  }

  /**
   * How a leaf is come to.
   *
   * @param leaf a block of the directory
   */
  record Way(List<Step> steps, long leaf) {}

  /** Returns where entries of index blocks end. */
  int end() {
    int blockSize = changes.superblock().blockSize();
    return changes.superblock().hasMetadataChecksums() ? blockSize - TAIL : blockSize;
  }

  /** Returns how many levels there may be between the root and the leaves. */
  int mostLevels() {
    return changes.superblock().hasIncompatible(Features.LARGE_DIRECTORIES) ? 2 : 1;
  }

  private ByteBuffer root() throws IOException {
    return changes.volume().read(block(0), NAME);
  }

  /** Returns how many levels there are between the root and the leaves. */
  int levels() throws IOException {
    return Byte.toUnsignedInt(root().get(LEVELS_AT));
  }

  /** Records that there is one more level between the root and the leaves. */
  static void addLevel(byte[] root) {
    root[LEVELS_AT]++;
  }

  /** Returns how names are sorted. */
  NameHash hash() throws IOException {
    int kind = Byte.toUnsignedInt(root().get(KIND_AT));
    if (levels() > mostLevels() || !NameHash.isKnown(kind)) {
      throw changes.unsupported(
          "a new name in a directory of ext4 with %d levels of its index, by hash %d (htree)"
              .formatted(levels() + 1, kind));
    }
    return NameHash.of(
        changes.volume().bytes().read(Superblock.POSITION, Superblock.SIZE, "superblock"), kind);
  }

  /** Returns the way to the leaf of a hash. */
  Way way(long hash) throws IOException {
    List<Step> steps = new ArrayList<>();
    long at = 0;
    for (int level = levels(); level >= 0; level--) {
      IndexBlock block =
          new IndexBlock(changes.volume().read(block(at), NAME).array(), steps.isEmpty());
      if (!block.makesSense(end())) {
        throw corrupt("has an index with %d entries of %d".formatted(block.count(), block.most()));
      }
      int entry = block.find(hash);
      steps.add(new Step(at, entry));
      at = block.below(entry);
      if (at == 0) {
        throw corrupt("has an index that leads to itself");
      }
    }
    return new Way(steps, at);
  }

  /** Returns the block of the volume that a name belongs to. */
  long leaf(byte[] name) throws IOException {
    return block(way(hash().of(name)).leaf());
  }

  /** Returns where a block of the directory is. */
  long block(long fileBlock) throws IOException {
    Run run = FileData.blocks(changes.volume(), directory).at(fileBlock);
    if (run.isHole()) {
      throw corrupt("has a hole, its block " + fileBlock);
    }
    return run.block() + fileBlock - run.first();
  }

  IOException corrupt(String problem) {
    return changes
        .volume()
        .corrupt(
            "directory", directory.position(), "of inode " + directory.number() + " " + problem);
  }
}
