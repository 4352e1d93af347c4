package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** Takes inodes into use, and gives them back. */
final class InodeAllocator {
  private static final String NAME = "bitmap of inodes";

  private final ExtChanges changes;
  private final BlockAllocator blocks;
  private final int perGroup;

  InodeAllocator(ExtChanges changes, BlockAllocator blocks) {
    this.changes = changes;
    this.blocks = blocks;
    this.perGroup = (int) changes.superblock().inodesPerGroup();
  }

  /** Returns the group that an inode is in. */
  long groupOf(long inode) {
    return (inode - 1) / perGroup;
  }

  /**
   * Takes an inode into use.
   *
   * @param near an inode that it is to be near to
   * @return its number
   */
  long allocate(long near, boolean directory) throws IOException {
    blocks.checkChanging();
    long groups = changes.superblock().groups();
    for (long i = 0; i < groups; i++) {
      long number = (groupOf(near) + i) % groups;
      GroupChange group = new GroupChange(changes, number);
      if (group.freeInodes() == 0) {
        continue;
      }
      int from = Math.clamp(changes.superblock().firstInode() - 1 - number * perGroup, 0, perGroup);
      int index = Bits.nextClear(read(group), from, perGroup);
      if (index < perGroup) {
        // The bitmap of blocks of a group whose inodes are used must be there.
        blocks.initialize(number);
        take(new GroupChange(changes, number), index, directory);
        long inode = number * perGroup + index + 1;
        changes.noteNewInode(inode);
        return inode;
      }
    }
    throw new FileSystemException(changes.device().toString(), null, "no inode is free");
  }

  private byte[] read(GroupChange group) throws IOException {
    if (group.has(GroupChange.INODES_UNUSED)) {
      return unused();
    }
    return group.readInodeBitmap();
  }

  private byte[] unused() {
    return Bits.ofClear(perGroup, changes.superblock().blockSize());
  }

  private void take(GroupChange group, int index, boolean directory) throws IOException {
    byte[] bitmap;
    if (group.has(GroupChange.INODES_UNUSED)) {
      bitmap = changes.device().replace(group.inodeBitmap());
      System.arraycopy(unused(), 0, bitmap, 0, bitmap.length);
    } else {
      bitmap = changes.device().change(group.inodeBitmap());
    }
    Bits.set(bitmap, index, 1);
    group.useInode(index);
    update(group, bitmap, -1, directory);
  }

  private void update(GroupChange group, byte[] bitmap, int free, boolean directory)
      throws IOException {
    group.addFreeInodes(free);
    group.addDirectories(directory ? -free : 0);
    group.setInodeBitmap(bitmap);
    group.save();
    SuperblockChange.addFree(changes, 0, free);
  }

  /** Records that an inode is free. */
  void clear(long inode, boolean directory) throws IOException {
    GroupChange group = new GroupChange(changes, groupOf(inode));
    byte[] bitmap = changes.device().change(group.inodeBitmap());
    int index = (int) ((inode - 1) % perGroup);
    if (!Bits.isSet(bitmap, index)) {
      throw changes
          .volume()
          .corrupt(NAME, -1, "says that inode " + inode + " is free, and a directory has it");
    }
    Bits.clear(bitmap, index, 1);
    update(group, bitmap, 1, directory);
  }
}
