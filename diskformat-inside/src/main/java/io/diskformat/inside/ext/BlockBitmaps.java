package io.diskformat.inside.ext;

import java.io.IOException;

/**
 * The bitmaps that say which blocks are in use. That of a group none of whose blocks was ever used
 * need not be there: what it would be follows from what the group has of its own.
 */
final class BlockBitmaps {
  private final ExtChanges changes;
  private final GroupBlocks groups;

  BlockBitmaps(ExtChanges changes) throws IOException {
    this.changes = changes;
    this.groups = new GroupBlocks(changes.volume());
  }

  /** Returns where the blocks of groups are. */
  GroupBlocks groups() {
    return groups;
  }

  /** Returns the bitmap of a group, not to be changed. */
  byte[] read(GroupChange group) throws IOException {
    if (group.has(GroupChange.BLOCKS_UNUSED)) {
      return unused(group);
    }
    return group.readBlockBitmap();
  }

  /** Returns the bitmap of a group, to be changed; one that was not there is from now on. */
  byte[] change(GroupChange group) throws IOException {
    if (!group.has(GroupChange.BLOCKS_UNUSED)) {
      return changes.device().change(group.blockBitmap());
    }
    byte[] unused = unused(group);
    byte[] bitmap = changes.device().replace(group.blockBitmap());
    System.arraycopy(unused, 0, bitmap, 0, bitmap.length);
    group.clear(GroupChange.BLOCKS_UNUSED);
    return bitmap;
  }

  private byte[] unused(GroupChange group) throws IOException {
    long number = group.number();
    int count = groups.count(number);
    byte[] bitmap = Bits.ofClear(count, changes.superblock().blockSize());
    Bits.set(bitmap, 0, (int) Math.min(groups.head(number), count));
    setOwn(bitmap, number, group.blockBitmap(), 1);
    setOwn(bitmap, number, group.inodeBitmap(), 1);
    setOwn(bitmap, number, group.inodeTable(), groups.ofInodes());
    if (Bits.countClear(bitmap, count) != group.freeBlocks()) {
      throw changes
          .volume()
          .corrupt(
              "group descriptor",
              changes.volume().groups().position(number),
              "of group %d says that %d blocks are free, and %d would be"
                  .formatted(number, group.freeBlocks(), Bits.countClear(bitmap, count)));
    }
    return bitmap;
  }

  /** Structures of a group may be in another one. */
  private void setOwn(byte[] bitmap, long group, long block, long length) {
    for (long own = block; own < block + length; own++) {
      if (groups.groupOf(own) == group) {
        Bits.set(bitmap, groups.indexOf(own), 1);
      }
    }
  }
}
