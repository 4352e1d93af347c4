package io.diskformat.inside.ext;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What is to be known of the names that an edit changes, so that they can be written in order: new
 * names before the inodes that they are of, and those that go after these.
 */
final class NameChanges {
  private final StepNotes notes;
  private final LongPredicate isFresh;

  /** Changed blocks of directories that were theirs before, and the directories. */
  private final Map<Long, Long> blocks = new HashMap<>();

  /** Those of these blocks that have something that they did not have. */
  private final Set<Long> gained = new HashSet<>();

  /**
   * Blocks that were free before, and have names that were in others then; and the directories.
   * Nobody sees them before the inode of the directory is written.
   */
  private final Map<Long, Long> rebuilt = new HashMap<>();

  /** Entries that were nowhere before, by {@link #number}. */
  private final Set<Long> added = new HashSet<>();

  /** Directories that have something that they did not have. */
  private final Set<Long> gaining = new HashSet<>();

  /** Files that got another name, and the directories of their last ones. */
  private final Map<Long, Long> renamed = new HashMap<>();

  private final Map<Long, Long> renamedFrom = new HashMap<>();

  /** Directories that were moved, and those that they were in. */
  private final Map<Long, Long> moved = new HashMap<>();

  private final Map<Long, Long> moveBlocks = new HashMap<>();

  /** Directories that were moved to names that others had, and these others. */
  private final Map<Long, Long> movedOver = new HashMap<>();

  /** Entries that blocks of directories do not have any more. */
  private final Map<Long, List<Departed>> departed = new HashMap<>();

  /** Where the names of these were. */
  private final Map<Name, Place> places = new HashMap<>();

  /** Entries in the place of one that is gone and had the same name, and their directories. */
  private final Map<Place, Long> replacing = new HashMap<>();

  /**
   * An entry that a block had.
   *
   * @param at where in the block
   * @param bytes its header and its name
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares names
  record Departed(int at, byte[] bytes) {}

  /** Where an entry is. */
  record Place(long block, int at) {}

  /**
   * A name of a directory.
   *
   * @param name one character for each byte
   */
  private record Name(long directory, String name) {
    static Name of(long directory, byte[] name) {
      return new Name(directory, new String(name, StandardCharsets.ISO_8859_1));
    }
  }

  /**
   * Notes nothing yet.
   *
   * @param isFresh whether a block was free before the edit, and is not now
   */
  NameChanges(StepNotes notes, LongPredicate isFresh) {
    this.notes = notes;
    this.isFresh = isFresh;
  }

  /** Returns whether no name in a block was in any before. */
  private boolean isNew(long block) {
    return isFresh.test(block) && !rebuilt.containsKey(block);
  }

  private static long number(long block, int at) {
    return block << Short.SIZE | at;
  }

  /**
   * Notes that a block of a directory that was there before is changed.
   *
   * @param gains whether it gets something that it does not have
   */
  void noteChanged(long directory, long block, boolean gains) {
    notes.note(blocks, block, directory);
    if (gains) {
      notes.note(gained, block);
    }
  }

  /** Returns the blocks that changed of directories that were there before, and the directories. */
  Map<Long, Long> blocks() {
    return blocks;
  }

  /** Returns whether a block of a directory has something that it did not have. */
  boolean hasGained(long block) {
    return gained.contains(block);
  }

  /** Notes that a block that was free before gets names that were in others. */
  void noteRebuilt(long block, long directory) {
    notes.note(rebuilt, block, directory);
  }

  /** Returns the blocks that names were gathered in, and the directories. */
  Map<Long, Long> rebuilt() {
    return rebuilt;
  }

  /** Notes that no directory has a block any more. */
  void noteLeft(long block) {
    notes.noteGone(blocks, block);
    notes.noteGone(rebuilt, block);
    notes.noteGone(moveBlocks, block);
    noteDepartedForgotten(block);
  }

  /** Notes that a block has an entry that was nowhere. */
  void noteAdded(long block, int at) {
    if (!isNew(block)) {
      notes.note(added, number(block, at));
    }
  }

  /** Returns whether an entry was nowhere before. */
  boolean isAdded(long block, int at) {
    return isNew(block) || added.contains(number(block, at));
  }

  /**
   * Notes that a block does not have an entry any more.
   *
   * @param name of the entry
   */
  void noteGone(long directory, long block, Departed entry, byte[] name) {
    notes.noteGone(replacing, new Place(block, entry.at()));
    if (isAdded(block, entry.at())) {
      notes.noteGone(added, number(block, entry.at()));
    } else {
      noteDeparted(directory, block, entry, name);
    }
  }

  /** Notes that a block does not have an entry any more that was there before. */
  void noteDeparted(long directory, long block, Departed entry, byte[] name) {
    notes.note(departed.computeIfAbsent(block, b -> new ArrayList<>()), entry);
    notes.note(places, Name.of(directory, name), new Place(block, entry.at()));
  }

  /** Returns the entries that a block does not have any more. */
  List<Departed> departed(long block) {
    return departed.getOrDefault(block, List.of());
  }

  /** Returns where an entry with a name was that is gone, or null. */
  @Nullable Place departed(long directory, byte[] name) {
    return places.get(Name.of(directory, name));
  }

  /** Returns whose a name was that is gone. */
  long departedInode(Place place) {
    return departed(place.block()).stream()
        .filter(entry -> entry.at() == place.at())
        .mapToLong(entry -> EntryBlock.inodeOf(entry.bytes()))
        .findFirst()
        .orElseThrow();
  }

  /** Forgets what was noted of an entry, which gets another place. */
  void noteForgotten(long block, int at) {
    notes.noteGone(added, number(block, at));
    notes.noteGone(replacing, new Place(block, at));
  }

  /** Forgets which entries a block does not have any more; they get other places. */
  void noteDepartedForgotten(long block) {
    notes.noteGone(departed, block);
  }

  /** Notes that an entry is in the place of one that is gone and had the same name. */
  void noteReplacing(long directory, Place place) {
    notes.note(replacing, place, directory);
  }

  boolean isReplacing(long block, int at) {
    return replacing.containsKey(new Place(block, at));
  }

  /** Returns the entries in places of others with the same names, and their directories. */
  Map<Place, Long> replacing() {
    return replacing;
  }

  /** Notes that a directory has something that it did not have. */
  void noteGaining(long directory) {
    notes.note(gaining, directory);
  }

  /** Returns whether a directory has something that it did not have. */
  boolean isGaining(long directory) {
    return gaining.contains(directory);
  }

  /** Notes that a file got another name, in the same directory or another. */
  void noteRenamed(long file, long from, long to) {
    notes.note(renamed, file, to);
    if (!renamedFrom.containsKey(file)) {
      notes.note(renamedFrom, file, from);
    }
  }

  /** Notes that a new file that was renamed is removed; another one may get its number. */
  void noteRenamedGone(long file) {
    notes.noteGone(renamed, file);
    notes.noteGone(renamedFrom, file);
  }

  /** Returns the files whose names changed, and the directories of their last ones. */
  Map<Long, Long> renamed() {
    return renamed;
  }

  /** Returns the directory that a file was in whose name changed, or 0. */
  long renamedFrom(long file) {
    return renamedFrom.getOrDefault(file, 0L);
  }

  /** Returns the directory in which a file got its last name, or 0 if it has those that it had. */
  long renamedIn(long file) {
    return renamed.getOrDefault(file, 0L);
  }

  /**
   * Notes that a directory that was there before is in another place.
   *
   * @param from the directory that it was in
   */
  void noteMoved(long directory, long from) {
    if (!moved.containsKey(directory)) {
      notes.note(moved, directory, from);
    }
  }

  /** Notes that a directory was moved to a name that another file had. */
  void noteMovedOver(long directory, long other) {
    notes.note(movedOver, directory, other);
  }

  /** Returns the directories that were moved to names that others had, and these others. */
  Map<Long, Long> movedOver() {
    return movedOver;
  }

  /** Returns whether any directory was moved to a name that another file had. */
  boolean isAnyMovedOver() {
    return !movedOver.isEmpty();
  }

  /** Notes that a directory that was moved is removed. */
  void noteMovedGone(long directory) {
    notes.noteGone(moved, directory);
  }

  /** Returns the directories that were moved, and those that they were in. */
  Map<Long, Long> moved() {
    return moved;
  }

  /** Notes that a block of a directory changes with the places of other directories. */
  void noteMoveBlock(long block, long directory) {
    notes.note(moveBlocks, block, directory);
  }

  /** Returns the blocks that change with the places of directories, and whose they are. */
  Map<Long, Long> moveBlocks() {
    return moveBlocks;
  }
}
