package io.diskformat.inside.ext;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

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

  /** As many leaves are gone over for one name. */
  private static final int MOST_LEAVES = 1024;

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

  /** Returns whether names can be found by it. */
  boolean isUsable() throws IOException {
    ByteBuffer root = root();
    return Byte.toUnsignedInt(root.get(LEVELS_AT)) <= mostLevels()
        && NameHash.isKnown(Byte.toUnsignedInt(root.get(KIND_AT)));
  }

  /** Returns the way to the leaf of a hash that gets new names. */
  Way way(long hash) throws IOException {
    return down(new ArrayList<>(), 0, levels(), block -> block.find(hash));
  }

  /** Chooses an entry of a block. */
  private interface Choice {
    int of(IndexBlock block);
  }

  /**
   * Goes down to a leaf.
   *
   * @param steps that lead to a block
   * @param from the block of the directory
   * @param levels between that and leaves
   */
  private Way down(List<Step> steps, long from, int levels, Choice choice) throws IOException {
    long at = from;
    for (int level = levels; level >= 0; level--) {
      IndexBlock block = read(at);
      int entry = choice.of(block);
      steps.add(new Step(at, entry));
      at = block.below(entry);
      if (at == 0) {
        throw corrupt("has an index that leads to itself");
      }
    }
    return new Way(steps, at);
  }

  private IndexBlock read(long fileBlock) throws IOException {
    ByteBuffer bytes = new DirectoryBlocks(changes.volume(), directory, fileBlock).next();
    if (bytes == null) {
      throw corrupt("has an index that leads behind its end, to its block " + fileBlock);
    }
    IndexBlock block = new IndexBlock(DeviceBytes.bytesOf(bytes), fileBlock == 0);
    if (!block.makesSense(end())) {
      throw corrupt("has an index with %d entries of %d".formatted(block.count(), block.most()));
    }
    return block;
  }

  /** Returns the blocks of the directory that a name may be in: one, unless many have its hash. */
  long[] leaves(byte[] name) throws IOException {
    long hash = hash().of(name);
    Way way = down(new ArrayList<>(), 0, levels(), block -> block.findFirst(hash));
    LongStream.Builder leaves = LongStream.builder();
    for (int i = 0; way != null; i++) {
      if (i == MOST_LEAVES) {
        throw corrupt("has an index with one hash in more than " + MOST_LEAVES + " leaves");
      }
      leaves.add(way.leaf());
      way = next(way, hash);
    }
    return leaves.build().toArray();
  }

  /** Returns the way to the next leaf, if names of the same hash go on there, or null. */
  private @Nullable Way next(Way way, long hash) throws IOException {
    int last = way.steps().size() - 1;
    for (int level = last; level >= 0; level--) {
      Step step = way.steps().get(level);
      IndexBlock block = read(step.fileBlock());
      int entry = step.entry() + 1;
      if (entry < block.count()) {
        if (!block.beginsWith(entry, hash)) {
          return null;
        }
        List<Step> steps = new ArrayList<>(way.steps().subList(0, level));
        steps.add(new Step(step.fileBlock(), entry));
        return down(steps, block.below(entry), last - level - 1, _ -> 0);
      }
    }
    return null;
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
