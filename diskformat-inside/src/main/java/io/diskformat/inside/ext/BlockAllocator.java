package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;

/** Takes blocks into use, and gives them back. */
final class BlockAllocator {
  /**
   * A file that may become large begins where this number of blocks is free, if there is such a
   * place.
   */
  private static final int ROOMY = 1024;

  private static final int SMALL = 8;

  private final ExtChanges changes;
  private final BlockBitmaps bitmaps;
  private final @Nullable String fixed;

  /**
   * Creates an allocator.
   *
   * @param fixed why the number of blocks in use cannot change, or null if it can
   */
  BlockAllocator(ExtChanges changes, @Nullable String fixed) throws IOException {
    this.changes = changes;
    this.bitmaps = new BlockBitmaps(changes);
    this.fixed = fixed;
  }

  /** Returns whether blocks cannot be taken or given back at all. */
  boolean isFixed() {
    return fixed != null;
  }

  /**
   * Refuses to change what is in use, if that cannot be.
   *
   * @throws io.diskformat.UnsupportedFeatureException that says why
   */
  void checkChanging() throws IOException {
    if (fixed != null) {
      throw changes.unsupported("changing what is in use of ext4 with " + fixed);
    }
  }

  /** Refuses to change whose something is, where it is counted who has how much. */
  void checkCharging() throws IOException {
    if (fixed != null && !fixed.equals(EditGate.BIGALLOC)) {
      checkChanging();
    }
  }

  /** Blocks that are free, one after the other. */
  private record Found(long group, int index, int length) {}

  /**
   * Takes blocks into use.
   *
   * @param goal the block to begin with if that is free
   * @param most how many are wanted
   * @return as many, or fewer
   */
  Run allocate(long goal, long most) throws IOException {
    checkChanging();
    int wanted = (int) Math.min(most, changes.superblock().blocksPerGroup());
    Found found = find(goal, wanted);
    int length = Math.min(found.length(), wanted);
    GroupChange group = new GroupChange(changes, found.group());
    byte[] bitmap = bitmaps.change(group);
    Bits.set(bitmap, found.index(), length);
    long first = bitmaps.groups().first(found.group()) + found.index();
    update(group, bitmap, -length);
    for (long block = first; block < first + length; block++) {
      changes.noteFresh(block);
    }
    changes.volume().checkBlocks(first, length, "bitmap of blocks", -1);
    return new Run(0, length, first);
  }

  private void update(GroupChange group, byte[] bitmap, int free) throws IOException {
    group.addFreeBlocks(free);
    group.setBlockBitmap(bitmap);
    group.save();
    SuperblockChange.addFree(changes, free, 0);
  }

  private Found find(long goal, int most) throws IOException {
    int wanted = most <= SMALL ? most : Math.max(most, ROOMY);
    long groups = changes.superblock().groups();
    long near = bitmaps.groups().groupOf(goal);
    Found best = null;
    for (long i = 0; i < groups; i++) {
      long number = (near + i) % groups;
      GroupChange group = new GroupChange(changes, number);
      if (group.freeBlocks() == 0) {
        continue;
      }
      byte[] bitmap = bitmaps.read(group);
      int end = bitmaps.groups().count(number);
      int from = i == 0 ? bitmaps.groups().indexOf(goal) : 0;
      if (i == 0 && from < end && !Bits.isSet(bitmap, from)) {
        return new Found(number, from, Bits.nextSet(bitmap, from, end) - from);
      }
      Found here = longest(number, bitmap, from, end, wanted);
      if (from > 0 && (here == null || here.length() < wanted)) {
        Found before = longest(number, bitmap, 0, from, wanted);
        here = here == null || (before != null && before.length() > here.length()) ? before : here;
      }
      if (here != null && here.length() >= wanted) {
        return here;
      }
      if (best == null || (here != null && here.length() > best.length())) {
        best = here;
      }
    }
    if (best == null) {
      throw new FileSystemException(changes.device().toString(), null, "no block is free");
    }
    return best;
  }

  /** Returns the first run that is as long as wanted, else the longest, or null. */
  private static @Nullable Found longest(long group, byte[] bitmap, int from, int end, int wanted) {
    Found best = null;
    int at = Bits.nextClear(bitmap, from, end);
    while (at < end) {
      int after = Bits.nextSet(bitmap, at, end);
      if (best == null || after - at > best.length()) {
        best = new Found(group, at, after - at);
        if (best.length() >= wanted) {
          break;
        }
      }
      at = Bits.nextClear(bitmap, after, end);
    }
    return best;
  }

  /**
   * Gives blocks back: at once those that this edit has taken, and the others when all else is
   * written.
   */
  void free(long block, long count) throws IOException {
    checkChanging();
    changes.volume().checkBlocks(block, count, "list of blocks", -1);
    for (long at = block; at < block + count; ) {
      boolean fresh = changes.isFresh(at);
      long end = at + 1;
      while (end < block + count
          && changes.isFresh(end) == fresh
          && bitmaps.groups().indexOf(end) != 0) {
        end++;
      }
      if (fresh) {
        clear(new Run(0, end - at, at));
        for (long each = at; each < end; each++) {
          changes.noteGivenBack(each);
        }
      } else {
        changes.noteFreed(new Run(0, end - at, at));
      }
      at = end;
    }
  }

  /**
   * Records that blocks are free.
   *
   * @param run within one group
   */
  void clear(Run run) throws IOException {
    GroupChange group = new GroupChange(changes, bitmaps.groups().groupOf(run.block()));
    int index = bitmaps.groups().indexOf(run.block());
    int length = (int) run.length();
    byte[] bitmap = bitmaps.change(group);
    if (Bits.nextClear(bitmap, index, index + length) < index + length) {
      throw changes
          .volume()
          .corrupt(
              "bitmap of blocks",
              -1,
              "says that block %d or one of %d after it is free, and a file has it"
                  .formatted(run.block(), length - 1));
    }
    Bits.clear(bitmap, index, length);
    update(group, bitmap, length);
  }

  /** Makes sure that the bitmap of a group is there. */
  void initialize(long number) throws IOException {
    GroupChange group = new GroupChange(changes, number);
    if (group.has(GroupChange.BLOCKS_UNUSED)) {
      update(group, bitmaps.change(group), 0);
    }
  }

  /** Returns the first block of a group. */
  long first(long group) {
    return bitmaps.groups().first(group);
  }
}
