package io.diskformat.inside.ext;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.NodeAttributes.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Changes the lists of blocks that {@link IndirectBlocks} draws. Blocks with lists are changed
 * where they are, and written with the inode; but those of directories are written anew.
 */
final class IndirectMap implements BlockMap {
  private static final String NAME = "indirect block";

  private final ExtChanges changes;
  private final BlockAllocator allocator;
  private final InodeChange file;
  private final IndirectBlocks blocks;
  private final int perBlock;

  /** Blocks that go, one after the other, which are given back together. */
  private long goneFrom;

  private long gone;

  IndirectMap(ExtChanges changes, BlockAllocator allocator, InodeChange file) {
    this.changes = changes;
    this.allocator = allocator;
    this.file = file;
    this.blocks = new IndirectBlocks(changes.volume(), file.inode());
    this.perBlock = changes.superblock().blockSize() / Integer.BYTES;
  }

  @Override
  public Run at(long fileBlock) throws IOException {
    return blocks.at(fileBlock);
  }

  @Override
  public long mostBlocks() {
    long each = perBlock;
    return Math.min(
        IndirectBlocks.DIRECT + each + each * each + each * each * each,
        ((1L << Integer.SIZE) - 1) * 512 / changes.superblock().blockSize());
  }

  @Override
  public Run provide(long fileBlock, long most) throws IOException {
    long goal = goal(fileBlock);
    long count = Math.min(most, at(fileBlock).end() - fileBlock);
    Run got = allocate(goal, Math.min(count, perBlock));
    for (int i = 0; i < got.length(); i++) {
      put(fileBlock + i, got.block() + i, goal);
    }
    file.addBlocks(got.length());
    return new Run(fileBlock, got.length(), got.block());
  }

  @Override
  public long replace(long fileBlock) throws IOException {
    Run run = at(fileBlock);
    long old = run.block() + fileBlock - run.first();
    long place = allocate(old, 1).block();
    put(fileBlock, place, old);
    allocator.free(old, 1);
    return place;
  }

  /** Allocates blocks whose numbers lists have room for. */
  private Run allocate(long goal, long most) throws IOException {
    Run got = allocator.allocate(goal, most);
    if ((got.block() + got.length() - 1) >>> Integer.SIZE != 0) {
      throw changes.unsupported(
          "changing a file of ext4 without extents, for which there is only room behind block"
              + " 2^32");
    }
    return got;
  }

  private long goal(long fileBlock) throws IOException {
    if (fileBlock > 0) {
      Run before = at(fileBlock - 1);
      long after = before.block() + fileBlock - before.first();
      if (!before.isHole() && after < changes.superblock().blocks()) {
        return after;
      }
    }
    return allocator.first((file.number() - 1) / changes.superblock().inodesPerGroup());
  }

  private void put(long fileBlock, long block, long near) throws IOException {
    if (fileBlock < IndirectBlocks.DIRECT) {
      setRoot((int) fileBlock, block);
      return;
    }
    long within = fileBlock - IndirectBlocks.DIRECT;
    long covered = perBlock;
    int level = 1;
    while (within >= covered) {
      within -= covered;
      covered *= perBlock;
      level++;
    }
    int slot = IndirectBlocks.DIRECT + level - 1;
    long list = own(root(slot), near);
    setRoot(slot, list);
    for (; level > 1; level--) {
      covered /= perBlock;
      int index = (int) (within / covered);
      within %= covered;
      long was = number(read(list), index);
      long below = own(was, near);
      if (below != was) {
        set(list, index, below);
      }
      list = below;
    }
    set(list, (int) within, block);
  }

  /**
   * Returns a list that may be changed: if there is none, a new one; of a directory, one in another
   * place, as all of its blocks change with its inode at once.
   */
  private long own(long list, long near) throws IOException {
    if (list == 0) {
      return newList(near);
    }
    if (file.inode().kind() != Kind.DIRECTORY || changes.isFresh(list)) {
      return list;
    }
    byte[] bytes = DeviceBytes.bytesOf(read(list));
    long place = allocate(list, 1).block();
    System.arraycopy(bytes, 0, changes.device().replace(place), 0, bytes.length);
    allocator.free(list, 1);
    return place;
  }

  private long newList(long near) throws IOException {
    long block = allocate(near, 1).block();
    byte[] blank = changes.device().replace(block);
    assert blank.length == changes.superblock().blockSize();
    file.addBlocks(1);
    return block;
  }

  private long root(int slot) {
    return Integer.toUnsignedLong(file.bytes().getInt(Inode.BLOCKS_AT + slot * Integer.BYTES));
  }

  private void setRoot(int slot, long block) {
    file.bytes().putInt(Inode.BLOCKS_AT + slot * Integer.BYTES, (int) block);
  }

  private ByteBuffer read(long list) throws IOException {
    changes.volume().checkBlocks(list, 1, NAME, -1);
    return changes.volume().read(list, NAME);
  }

  private static long number(ByteBuffer list, int index) {
    return Integer.toUnsignedLong(list.getInt(index * Integer.BYTES));
  }

  private void set(long list, int index, long block) throws IOException {
    changes.volume().checkBlocks(list, 1, NAME, -1);
    ByteBuffer.wrap(changes.changeWithInode(list))
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(index * Integer.BYTES, (int) block);
  }

  @Override
  public void cut(long fileBlock) throws IOException {
    for (int i = 0; i < IndirectBlocks.DIRECT; i++) {
      if (i >= fileBlock && root(i) != 0) {
        free(root(i));
        setRoot(i, 0);
      }
    }
    long first = IndirectBlocks.DIRECT;
    long covered = perBlock;
    for (int level = 1; level <= IndirectBlocks.LEVELS; level++) {
      int slot = IndirectBlocks.DIRECT + level - 1;
      if (root(slot) != 0 && first + covered > fileBlock) {
        long from = Math.max(0, fileBlock - first);
        cut(root(slot), level, covered, from);
        if (from == 0) {
          setRoot(slot, 0);
        }
      }
      first += covered;
      covered *= perBlock;
    }
    giveBack();
  }

  /**
   * Cuts what a list leads to, and gives the list back if all of it goes.
   *
   * @param covered how many blocks of the file it is about
   * @param from the first of those to go
   */
  private void cut(long list, int level, long covered, long from) throws IOException {
    ByteBuffer numbers = read(list);
    long each = covered / perBlock;
    for (int i = (int) (from / each); i < perBlock; i++) {
      long block = number(numbers, i);
      if (block == 0) {
        continue;
      }
      long within = Math.max(0, from - i * each);
      if (level == 1) {
        free(block);
      } else {
        cut(block, level - 1, each, within);
      }
      if (from > 0 && within == 0) {
        set(list, i, 0);
      }
    }
    if (from == 0) {
      free(list);
    }
  }

  private void free(long block) throws IOException {
    if (block != goneFrom + gone) {
      giveBack();
      goneFrom = block;
    }
    gone++;
  }

  private void giveBack() throws IOException {
    if (gone > 0) {
      allocator.free(goneFrom, gone);
      file.addBlocks(-gone);
      gone = 0;
    }
  }
}
