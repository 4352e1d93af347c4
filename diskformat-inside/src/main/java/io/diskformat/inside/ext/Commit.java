package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.inside.ext.ExtChanges.Removed;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Writes an edit. An inode is what makes a file be there, so: first all that new and changed inodes
 * lead to, and what is in use then; then the names of new files; then new directories, one before
 * what is in it; then directories move; then the inodes of files, new, changed and removed; then
 * those of removed directories, one after what was in it; and last names that go and what is free.
 * Before all that, the superblock says that the volume is being changed. Whatever part of a stage
 * is there, a checking program repairs it without a question: names without an inode, space in use
 * that no inode has, and wrong counts.
 */
final class Commit {
  private final ExtChanges changes;
  private final BlockAllocator blocks;
  private final InodeAllocator inodes;
  private final DirectoryEdit directories;
  private final BlockDevice device;
  private final StageWriter writer;
  private final long superblock;

  private final Set<Long> removed = new HashSet<>();

  /** What is written of each block before anything is given back. */
  private final SortedMap<Long, byte[]> early = new TreeMap<>();

  /** What is written of blocks at the end. */
  private final SortedMap<Long, byte[]> late = new TreeMap<>();

  Commit(
      ExtChanges changes,
      BlockAllocator blocks,
      InodeAllocator inodes,
      DirectoryEdit directories,
      BlockDevice device) {
    this.changes = changes;
    this.blocks = blocks;
    this.inodes = inodes;
    this.directories = directories;
    this.device = device;
    this.writer = new StageWriter(device, changes);
    this.superblock = changes.superblock().ownBlock();
  }

  void run() throws IOException {
    if (changes.device().changes().isEmpty()) {
      return;
    }
    if (!changes.isStructural()) {
      writer.blocks(content());
      writer.barrier();
      writer.blocks(changed(changes.withInodes()));
      writer.inodes(changes.inodes());
      writer.barrier();
      return;
    }
    changes.removed().forEach(each -> removed.add(each.inode()));
    giveBack();
    Map<Integer, Set<Long>> stages = new TreeMap<>();
    Set<Long> gaining = new TreeSet<>();
    Set<Long> files = new TreeSet<>();
    Set<Long> others = new TreeSet<>();
    sort(stages, gaining, files, others);

    // Read now: where no count changes, it is no changed block, and would be read as marked.
    byte[] ended = new byte[Superblock.SIZE];
    changes.device().read(Superblock.POSITION, ended);
    byte[] marked = new byte[Superblock.SIZE];
    device.read(Superblock.POSITION, marked);
    SuperblockChange.markChanging(changes.superblock(), marked, !changes.moved().isEmpty());
    writer.superblock(marked);
    writer.barrier();

    writer.blocks(early);
    writer.barrier();
    writer.blocks(gains());
    writer.inodes(gaining);
    writer.barrier();
    for (Set<Long> directories : stages.values()) {
      writer.inodes(directories);
      writer.barrier();
    }
    move();
    writer.blocks(changed(changes.withInodes()));
    for (Removed inode : changes.removed()) {
      files.addAll(inode.height() == 0 ? List.of(inode.inode()) : List.of());
    }
    writer.inodes(files);
    writer.barrier();
    removeDirectories();
    writer.blocks(late);
    writer.inodes(others);
    writer.barrier();

    writer.superblock(ended);
    writer.barrier();
  }

  /**
   * Gives back what is no longer used, and divides blocks into what is written before and after.
   */
  private void giveBack() throws IOException {
    changes.begin();
    for (Run run : changes.freedBlocks()) {
      blocks.clear(run);
    }
    for (Removed inode : changes.removed()) {
      inodes.clear(inode.inode(), inode.isDirectory());
    }
    early.putAll(content());
    for (Map.Entry<Long, Long> block : changes.moveBlocks().entrySet()) {
      if (changes.isFresh(block.getKey())) {
        early.put(block.getKey(), directories.withDeparted(block.getValue(), block.getKey()));
      }
    }
    prepareNames();
    for (long block : changes.device().changedSinceBegin()) {
      if (block == superblock) {
        continue;
      }
      byte[] before = changes.device().heldBefore(block);
      if (before == null) {
        early.remove(block);
      } else {
        early.put(block, before);
      }
      late.put(block, changes.device().change(block));
    }
    late.putAll(changed(changes.last()));
    changes
        .directoryBlocks()
        .forEach((block, directory) -> {
          if (!removed.contains(directory) && !changes.departed(block).isEmpty()) {
            late.putAll(changed(List.of(block)));
          }
        });
  }

  private void prepareNames() throws IOException {
    for (Map.Entry<Long, byte[]> block : gains().entrySet()) {
      if (!changes.isList(block.getKey())) {
        byte[] stored = new byte[block.getValue().length];
        device.read(block.getKey() * stored.length, stored);
        long directory = changes.directoryBlocks().getOrDefault(block.getKey(), 0L);
        early.put(block.getKey(), directories.prepared(directory, stored, block.getValue()));
      }
    }
  }

  /** Returns the blocks that no stage of its own is for. */
  private SortedMap<Long, byte[]> content() {
    SortedMap<Long, byte[]> content = new TreeMap<>(changes.device().changes());
    content.remove(superblock);
    content.keySet().removeAll(changes.inodeBlocks());
    content.keySet().removeAll(changes.directoryBlocks().keySet());
    content.keySet().removeAll(changes.withInodes());
    content.keySet().removeAll(changes.last());
    return content;
  }

  private SortedMap<Long, byte[]> changed(Collection<Long> blocks) {
    SortedMap<Long, byte[]> all = changes.device().changes();
    SortedMap<Long, byte[]> changed = new TreeMap<>();
    for (long block : blocks) {
      byte[] bytes = all.get(block);
      if (bytes != null) {
        changed.put(block, bytes);
      }
    }
    return changed;
  }

  /** Returns the blocks of directories that have new names, with those that will go. */
  private SortedMap<Long, byte[]> gains() throws IOException {
    SortedMap<Long, byte[]> gains = new TreeMap<>();
    for (Map.Entry<Long, Long> block : changes.directoryBlocks().entrySet()) {
      if (changes.hasGained(block.getKey()) && !removed.contains(block.getValue())) {
        gains.put(block.getKey(), directories.withDeparted(block.getValue(), block.getKey()));
      }
    }
    return gains;
  }

  /** Divides inodes by when they are written. */
  private void sort(
      Map<Integer, Set<Long>> newDirectories, Set<Long> gaining, Set<Long> files, Set<Long> others)
      throws IOException {
    for (long number : changes.inodes()) {
      if (removed.contains(number)) {
        continue;
      }
      Inode inode = changes.volume().inode(number);
      if (inode.kind() != Kind.DIRECTORY || inode.links() == 0) {
        files.add(number);
      } else if (changes.isNewInode(number)) {
        newDirectories.computeIfAbsent(depth(inode), depth -> new TreeSet<>()).add(number);
      } else if (changes.isGaining(number)) {
        gaining.add(number);
      } else {
        others.add(number);
      }
    }
  }

  /** Returns how many new directories a new directory is in. */
  private int depth(Inode directory) throws IOException {
    int depth = 0;
    Inode at = directory;
    while (changes.isNewInode(at.number())) {
      at = changes.volume().inode(directories.parent(at));
      depth++;
    }
    return depth;
  }

  /** Moves directories, which can be in one place only. */
  private void move() throws IOException {
    if (changes.moved().isEmpty()) {
      return;
    }
    SortedMap<Long, byte[]> moves = new TreeMap<>();
    for (Map.Entry<Long, Long> block : changes.moveBlocks().entrySet()) {
      moves.put(block.getKey(), directories.withDepartedFiles(block.getValue(), block.getKey()));
    }
    new JournalTransaction(changes, writer).write(moves);
  }

  /** Removes directories that had something: the height of each is above all that was below it. */
  private void removeDirectories() throws IOException {
    Map<Integer, TreeSet<Long>> stages = new TreeMap<>();
    for (Removed inode : changes.removed()) {
      if (inode.height() > 0) {
        stages.computeIfAbsent(inode.height(), height -> new TreeSet<>()).add(inode.inode());
      }
    }
    for (TreeSet<Long> stage : stages.values()) {
      writer.inodes(stage);
      writer.barrier();
    }
  }
}
