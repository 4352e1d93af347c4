package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.inside.change.ChangedDevice;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * An edit while it is made: the changed blocks, and what is to be known of them so that they can be
 * written in order. What is no longer used stays marked as in use until all else is written: so no
 * block of an old file gets the content of a new one.
 */
final class ExtChanges {
  /** The most pieces of space that are given back, so that what is known of them is bounded. */
  private static final int MOST_FREED = 1 << 18;

  private final ChangedDevice device;
  private final ExtVolume volume;
  private final Instant now;
  private final StepNotes notes = new StepNotes();
  private final NameChanges names = new NameChanges(notes, this::isFresh);

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

  /** Blocks that are written with the inodes that they are of. */
  private final Set<Long> withInodes = new HashSet<>();

  /** Blocks that are written when all else is. */
  private final Set<Long> last = new HashSet<>();

  /**
   * An inode that will be free.
   *
   * @param height 0 for a file, else more than all that was removed of what is below
   */
  record Removed(long inode, boolean isDirectory, int height) {}

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

  /** Returns what is known of changed names. */
  NameChanges names() {
    return names;
  }

  /** Begins a step. */
  void begin() {
    device.begin();
    notes.begin();
  }

  /** Takes back all since the step began. */
  void undo() {
    device.undo();
    notes.undo();
  }

  /** Notes how something is taken back that was just noted. */
  void noteInverse(Runnable inverse) {
    notes.noteInverse(inverse);
  }

  void noteFresh(long block) {
    notes.note(fresh, block);
  }

  /** Notes that a block that this edit had taken was given back. */
  void noteGivenBack(long block) {
    notes.noteGone(fresh, block);
    notes.noteGone(withInodes, block);
    noteLeft(block);
  }

  /** Notes that nothing has a block any more, and so it need not change. */
  void noteLeft(long block) {
    names.noteLeft(block);
    device.forget(block);
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
    notes.note(freedBlocks, run);
  }

  List<Run> freedBlocks() {
    return freedBlocks;
  }

  void noteNewInode(long number) {
    notes.note(newInodes, number);
  }

  boolean isNewInode(long number) {
    return newInodes.contains(number);
  }

  /** Notes that an inode that this edit had taken was given back. */
  void noteInodeGivenBack(long number) {
    notes.noteGone(newInodes, number);
  }

  /** Returns whether this changes more than the content of blocks and inodes that are in use. */
  boolean isStructural() {
    return !fresh.isEmpty()
        || !freedBlocks.isEmpty()
        || !newInodes.isEmpty()
        || !removed.isEmpty()
        || !names.blocks().isEmpty()
        || !last.isEmpty();
  }

  void noteRemoved(Removed inode) {
    notes.note(removed, inode);
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
    notes.note(inodes, number);
    notes.note(inodeBlocks, block);
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
      names.noteChanged(directory, block, gains);
    }
    return device.change(block);
  }

  /** Returns the inodes that changed, those that were removed too. */
  Set<Long> inodes() {
    return inodes;
  }

  /** Changes a block that is written with the inode that it is of, unless it is fresh. */
  byte[] changeWithInode(long block) throws IOException {
    if (!isFresh(block)) {
      notes.note(withInodes, block);
    }
    return device.change(block);
  }

  Set<Long> withInodes() {
    return withInodes;
  }

  /** Changes a block that is written when all else is. */
  byte[] changeLast(long block) throws IOException {
    notes.note(last, block);
    return device.change(block);
  }

  Set<Long> last() {
    return last;
  }

  UnsupportedFeatureException unsupported(String feature) {
    return volume.unsupported(feature);
  }
}
