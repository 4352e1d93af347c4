package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.inside.ext.ExtChanges.Removed;
import io.diskformat.inside.ext.NameChanges.Place;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes an edit. An inode is what makes a file be there, so: first all that new and changed inodes
 * lead to, and what is in use then; then the names of new files; then new directories, one before
 * what is in it; then directories move; then the inodes of files, new, changed and removed; then
 * those of removed directories, one after what was in it; and last names that go and what is free.
 * Where a name goes and comes again in one edit, both at once would be two files of one name: it
 * changes from one to the other when all that is removed is gone, and new files come after that.
 * Before all that, the superblock says that the volume is being changed. Whatever part of a stage
 * is there, a checking program repairs it without a question: names without an inode, space in use
 * that no inode has, and wrong counts.
 */
final class Commit {
  private final ExtChanges changes;
  private final NameChanges names;
  private final BlockAllocator blocks;
  private final InodeAllocator inodes;
  private final DirectoryStages directories;
  private final CommitOrder order;
  private final BlockDevice device;
  private final StageWriter writer;
  private final long superblock;

  private final Set<Long> removed = new HashSet<>();

  /** Names that are other files' already. */
  private final Set<Place> replaced = new HashSet<>();

  /** Whether directories are where they will be. */
  private boolean moved;

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
    this.names = changes.names();
    this.blocks = blocks;
    this.inodes = inodes;
    this.directories = new DirectoryStages(changes);
    this.order = new CommitOrder(changes, directories);
    this.device = device;
    this.writer = new StageWriter(device, changes);
    this.superblock = changes.superblock().ownBlock();
  }

  /** Finds out what is written when, and whether that can be. */
  void prepare() throws IOException {
    if (changes.device().changes().isEmpty() || !changes.isStructural()) {
      return;
    }
    changes.removed().forEach(each -> removed.add(each.inode()));
    giveBack();
    order.sort(removed);
  }

  /** Writes everything. */
  void write() throws IOException {
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
    // Read now: where no count changes, it is no changed block, and would be read as marked.
    byte[] ended = new byte[Superblock.SIZE];
    changes.device().read(Superblock.POSITION, ended);
    byte[] marked = new byte[Superblock.SIZE];
    device.read(Superblock.POSITION, marked);
    boolean byJournal = !names.moved().isEmpty() || order.exchanges();
    SuperblockChange.markChanging(changes.superblock(), marked, byJournal);
    writer.superblock(marked);
    writer.barrier();

    writer.blocks(early);
    writer.barrier();
    writer.blocks(gains());
    writer.inodes(order.gaining());
    writer.barrier();
    writeStages(order.newDirectories());
    boolean removesFirst = names.isAnyMovedOver();
    if (!removesFirst) {
      move();
    }
    writer.blocks(changed(changes.withInodes()));
    writer.inodes(order.files());
    writer.barrier();
    replace(order.replacing());
    writeStages(order.removedDirectories());
    if (removesFirst) {
      move();
    }
    replace(order.lateReplacing());
    writeStages(order.lateDirectories());
    writer.inodes(order.lateFiles());
    writer.blocks(late);
    writer.inodes(order.others());
    writer.barrier();

    writer.superblock(ended);
    writer.barrier();
  }

  private void writeStages(Iterable<Set<Long>> stages) throws IOException {
    for (Set<Long> stage : stages) {
      writer.inodes(stage);
      writer.barrier();
    }
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
    prepareHidden(names.moveBlocks());
    prepareHidden(names.rebuilt());
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
    addLateNames(names.blocks());
    addLateNames(names.rebuilt());
  }

  /** Blocks that nobody sees yet have the names that are there at first. */
  private void prepareHidden(Map<Long, Long> blocks) throws IOException {
    for (Map.Entry<Long, Long> block : blocks.entrySet()) {
      if (changes.isFresh(block.getKey())) {
        early.put(block.getKey(), directories.withDeparted(block.getValue(), block.getKey()));
      }
    }
  }

  private void addLateNames(Map<Long, Long> blocks) {
    blocks.forEach((block, directory) -> {
      if (!removed.contains(directory) && !names.departed(block).isEmpty()) {
        late.putAll(changed(List.of(block)));
      }
    });
  }

  private void prepareNames() throws IOException {
    for (Map.Entry<Long, byte[]> block : gains().entrySet()) {
      byte[] stored = new byte[block.getValue().length];
      device.read(block.getKey() * stored.length, stored);
      long directory = names.blocks().getOrDefault(block.getKey(), 0L);
      early.put(block.getKey(), directories.prepared(directory, stored, block.getValue()));
    }
  }

  /** Returns the blocks that no stage of its own is for. */
  private SortedMap<Long, byte[]> content() {
    SortedMap<Long, byte[]> content = new TreeMap<>(changes.device().changes());
    content.remove(superblock);
    content.keySet().removeAll(changes.inodeBlocks());
    content.keySet().removeAll(names.blocks().keySet());
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
    for (Map.Entry<Long, Long> block : names.blocks().entrySet()) {
      if (names.hasGained(block.getKey()) && !removed.contains(block.getValue())) {
        gains.put(block.getKey(), directories.withDeparted(block.getValue(), block.getKey()));
      }
    }
    return gains;
  }

  /** Gives names that others had to other files; names that go at the end are still there. */
  private void replace(List<Set<Place>> stages) throws IOException {
    for (Set<Place> stage : stages) {
      replaced.addAll(stage);
      SortedMap<Long, byte[]> blocks = new TreeMap<>();
      for (Place place : stage) {
        long directory = names.replacing().getOrDefault(place, 0L);
        if (!removed.contains(directory) && !blocks.containsKey(place.block())) {
          blocks.put(
              place.block(),
              moved
                  ? directories.replaced(directory, place.block(), replaced)
                  : directories.withDeparted(directory, place.block(), replaced));
        }
      }
      if (order.exchanges()) {
        new JournalTransaction(changes, writer).write(blocks);
      } else {
        writer.blocks(blocks);
        writer.barrier();
      }
    }
  }

  /** Moves directories, which can be in one place only. */
  private void move() throws IOException {
    moved = true;
    if (names.moved().isEmpty()) {
      return;
    }
    SortedMap<Long, byte[]> moves = new TreeMap<>();
    for (Map.Entry<Long, Long> block : names.moveBlocks().entrySet()) {
      moves.put(block.getKey(), directories.replaced(block.getValue(), block.getKey(), replaced));
    }
    new JournalTransaction(changes, writer).write(moves);
  }
}
