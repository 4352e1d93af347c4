package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.inside.change.ChangedDevice;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An edit while it is made: the changed blocks, and what is to be known of them so that they can be
 * written in order. What is no longer used stays marked as in use until all else is written: so no
 * block of an old file gets the content of a new one.
 */
final class ExtChanges {
  /** The most pieces of space that are given back, so that what is known of them is bounded. */
  private static final int MOST_FREED = 1 << 20;

  private final ChangedDevice device;
  private final ExtVolume volume;
  private final Instant now;

  /** Blocks that were free before this edit. */
  private final Set<Long> fresh = new HashSet<>();

  private final Set<Long> newInodes = new HashSet<>();

  /** Blocks and inodes that will be free. */
  private final List<Run> freedBlocks = new ArrayList<>();

  private final List<Removed> removed = new ArrayList<>();

  /** Inodes that changed, and those that were removed. */
  private final Set<Long> inodes = new HashSet<>();

  /** Blocks that inodes are in. */
  private final Set<Long> inodeBlocks = new HashSet<>();

  /** Blocks of directories that were there before, and the directories. */
  private final Map<Long, Long> directoryBlocks = new HashMap<>();

  /** Those of these blocks that have something that they did not have. */
  private final Set<Long> gained = new HashSet<>();

  /** Entries that blocks of directories did not have, by {@link #entryNumber}. */
  private final Set<Long> added = new HashSet<>();

  /** Directories that have something that they did not have. */
  private final Set<Long> gaining = new HashSet<>();

  /** Directories that were moved, and those that they were in. */
  private final Map<Long, Long> moved = new HashMap<>();

  private final Map<Long, Long> moveBlocks = new HashMap<>();

  /** Blocks of directories that list others. */
  private final Set<Long> lists = new HashSet<>();

  /** Entries that blocks of directories do not have any more. */
  private final Map<Long, List<Departed>> departed = new HashMap<>();

  /** Blocks that are written with the inodes that they are of. */
  private final Set<Long> withInodes = new HashSet<>();

  /** Blocks that are written when all else is. */
  private final Set<Long> last = new HashSet<>();

  /** How to take back what was noted since a step began. */
  private final Deque<Runnable> inverses = new ArrayDeque<>();

  /**
   * An inode that will be free.
   *
   * @param height 0 for a file, else more than all that was removed of what is below
   */
  record Removed(long inode, boolean isDirectory, int height) {}

  /**
   * An entry that a block had.
   *
   * @param at where in the block
   * @param bytes its header and its name
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares names
  record Departed(int at, byte[] bytes) {}

  /**
   * Begins an edit.
   *
   * @param now what is recorded as the time of it
   */
  ExtChanges(BlockDevice device, Instant now) throws IOException {
    int blockSize = ExtVolume.stored(device).superblock().blockSize();
    this.device = new ChangedDevice(device, blockSize);
    this.volume = ExtVolume.stored(this.device);
    this.now = now;
  }

  ChangedDevice device() {
    return device;
  }

  /** Returns the volume as it will be. */
  ExtVolume volume() {
    return volume;
  }

  Superblock superblock() {
    return volume.superblock();
  }

  Instant now() {
    return now;
  }

  /** Begins a step. */
  void begin() {
    device.begin();
    inverses.clear();
  }

  /** Takes back all since the step began. */
  void undo() {
    device.undo();
    for (Runnable inverse : inverses) {
      inverse.run();
    }
    inverses.clear();
  }

  /** Notes how something is taken back that was just noted. */
  void noteInverse(Runnable inverse) {
    inverses.push(inverse);
  }

  /** Adds to a set, and takes that back with the step. */
  <T> void note(Set<T> set, T element) {
    if (set.add(element)) {
      noteInverse(() -> set.remove(element));
    }
  }

  private <T> void note(List<T> list, T element) {
    list.add(element);
    noteInverse(list::removeLast);
  }

  /** Removes from a set, and takes that back with the step. */
  private <T> void noteGone(Set<T> set, T element) {
    if (set.remove(element)) {
      noteInverse(() -> set.add(element));
    }
  }

  void noteFresh(long block) {
    note(fresh, block);
  }

  /** Notes that a block that this edit had taken was given back. */
  void noteGivenBack(long block) {
    noteGone(fresh, block);
    noteGone(withInodes, block);
    noteGone(lists, block);
    device.forget(block);
    Long directory = moveBlocks.remove(block);
    if (directory != null) {
      noteInverse(() -> moveBlocks.put(block, directory));
    }
  }

  /** Returns whether a block was free before this edit, and is not now. */
  boolean isFresh(long block) {
    return fresh.contains(block);
  }

  /** Notes that blocks will be free that were not before this edit. */
  void noteFreed(Run run) throws UnsupportedFeatureException {
    if (freedBlocks.size() == MOST_FREED) {
      throw unsupported("giving back more than " + MOST_FREED + " pieces of space in one edit");
    }
    note(freedBlocks, run);
  }

  List<Run> freedBlocks() {
    return freedBlocks;
  }

  void noteNewInode(long number) {
    note(newInodes, number);
  }

  boolean isNewInode(long number) {
    return newInodes.contains(number);
  }

  /** Notes that an inode that this edit had taken was given back. */
  void noteInodeGivenBack(long number) {
    noteGone(newInodes, number);
  }

  /** Notes that a block of a directory has an entry that it did not have. */
  void noteAdded(long block, int at) {
    if (!isFresh(block)) {
      note(added, entryNumber(block, at));
    }
  }

  /** Notes that an entry is gone, and returns whether this edit had added it. */
  boolean noteAddedGone(long block, int at) {
    long number = entryNumber(block, at);
    boolean was = added.contains(number);
    noteGone(added, number);
    return was || isFresh(block);
  }

  private static long entryNumber(long block, int at) {
    return block << Short.SIZE | at;
  }

  /** Notes that a directory has something that it did not have. */
  void noteGaining(long directory) {
    note(gaining, directory);
  }

  /** Returns whether a directory has something that it did not have. */
  boolean isGaining(long directory) {
    return gaining.contains(directory);
  }

  /**
   * Notes that a directory that was there before is in another place.
   *
   * @param from the directory that it was in
   */
  void noteMoved(long directory, long from) {
    if (moved.putIfAbsent(directory, from) == null) {
      noteInverse(() -> moved.remove(directory));
    }
  }

  /** Notes that a directory that was moved is removed. */
  void noteMovedGone(long directory) {
    Long from = moved.remove(directory);
    if (from != null) {
      noteInverse(() -> moved.put(directory, from));
    }
  }

  /** Returns the directories that were moved, and those that they were in. */
  Map<Long, Long> moved() {
    return moved;
  }

  /** Notes that a block of a directory changes with the places of other directories. */
  void noteMoveBlock(long block, long directory) {
    if (moveBlocks.put(block, directory) == null) {
      noteInverse(() -> moveBlocks.remove(block));
    }
  }

  /** Returns the blocks that change with the places of directories, and whose they are. */
  Map<Long, Long> moveBlocks() {
    return moveBlocks;
  }

  /** Returns whether this changes more than the content of blocks and inodes that are in use. */
  boolean isStructural() {
    return !fresh.isEmpty()
        || !freedBlocks.isEmpty()
        || !newInodes.isEmpty()
        || !removed.isEmpty()
        || !directoryBlocks.isEmpty()
        || !last.isEmpty();
  }

  void noteRemoved(Removed inode) {
    note(removed, inode);
  }

  List<Removed> removed() {
    return removed;
  }

  /**
   * Notes that an inode changed.
   *
   * @param block that it is in
   */
  void noteInode(long number, long block) {
    note(inodes, number);
    note(inodeBlocks, block);
  }

  /** Returns the blocks with inodes that changed, or were to change. */
  Set<Long> inodeBlocks() {
    return inodeBlocks;
  }

  /**
   * Changes a block of a directory.
   *
   * @param gains whether it gets something that it does not have
   */
  byte[] changeDirectory(long directory, long block, boolean gains) throws IOException {
    if (!isFresh(block)) {
      if (directoryBlocks.put(block, directory) == null) {
        noteInverse(() -> directoryBlocks.remove(block));
      }
      if (gains) {
        note(gained, block);
      }
    }
    return device.change(block);
  }

  /** Returns the blocks that changed of directories that were there before, and the directories. */
  Map<Long, Long> directoryBlocks() {
    return directoryBlocks;
  }

  /** Returns whether a block of a directory has something that it did not have. */
  boolean hasGained(long block) {
    return gained.contains(block);
  }

  /** Notes that a block of a directory does not have an entry any more. */
  void noteDeparted(long block, Departed entry) {
    if (!isFresh(block)) {
      note(departed.computeIfAbsent(block, b -> new ArrayList<>()), entry);
    }
  }

  /** Returns the entries that a block of a directory does not have any more. */
  List<Departed> departed(long block) {
    return departed.getOrDefault(block, List.of());
  }

  /** Returns the inodes that changed, those that were removed too. */
  Set<Long> inodes() {
    return inodes;
  }

  /** Changes a block that is written with the inode that it is of, unless it is fresh. */
  byte[] changeWithInode(Inode inode, long block) throws IOException {
    if (inode.kind() == NodeAttributes.Kind.DIRECTORY) {
      note(lists, block);
      return changeDirectory(inode.number(), block, true);
    }
    if (!isFresh(block)) {
      note(withInodes, block);
    }
    return device.change(block);
  }

  /** Returns whether a block of a directory lists others, and has no entries. */
  boolean isList(long block) {
    return lists.contains(block);
  }

  Set<Long> withInodes() {
    return withInodes;
  }

  /** Changes a block that is written when all else is. */
  byte[] changeLast(long block) throws IOException {
    note(last, block);
    return device.change(block);
  }

  Set<Long> last() {
    return last;
  }

  UnsupportedFeatureException unsupported(String feature) {
    return volume.unsupported(feature);
  }
}
