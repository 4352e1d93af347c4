package io.diskformat.inside.ext;

import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.inside.ext.ExtChanges.Removed;
import io.diskformat.inside.ext.NameChanges.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Divides the inodes that an edit changes by when they are written, as {@link Commit} says. */
final class CommitOrder {
  private final ExtChanges changes;
  private final DirectoryEdit directories;

  /** New directories, by how many new ones each is in. */
  private final SortedMap<Integer, Set<Long>> newDirectories = new TreeMap<>();

  private final SortedMap<Integer, Set<Long>> lateDirectories = new TreeMap<>();

  /** Directories that are gone, by how many levels below them there were. */
  private final SortedMap<Integer, Set<Long>> removedDirectories = new TreeMap<>();

  private final Set<Long> gaining = new TreeSet<>();
  private final Set<Long> files = new TreeSet<>();
  private final Set<Long> lateFiles = new TreeSet<>();
  private final Set<Long> others = new TreeSet<>();

  /** Inodes with names that others had, and these names. */
  private final Map<Long, Set<Place>> inodes = new HashMap<>();

  private final List<Set<Place>> replacing = new ArrayList<>();
  private final List<Set<Place>> lateReplacing = new ArrayList<>();

  private boolean exchanges;

  CommitOrder(ExtChanges changes, DirectoryEdit directories) {
    this.changes = changes;
    this.directories = directories;
  }

  /**
   * Divides all of them.
   *
   * @param removed those that will be free
   */
  void sort(Set<Long> removed) throws IOException {
    NameChanges names = changes.names();
    sortReplacing(removed);
    for (long number : changes.inodes()) {
      if (removed.contains(number)) {
        continue;
      }
      Inode inode = changes.volume().inode(number);
      if (inode.kind() != Kind.DIRECTORY || inode.links() == 0) {
        (isLate(number) ? lateFiles : files).add(number);
      } else if (changes.isNewInode(number)) {
        (isBelowLate(inode) ? lateDirectories : newDirectories)
            .computeIfAbsent(depth(inode), depth -> new TreeSet<>())
            .add(number);
      } else if (names.isGaining(number)) {
        gaining.add(number);
      } else {
        others.add(number);
      }
    }
    for (Removed inode : changes.removed()) {
      if (inode.height() == 0) {
        files.add(inode.inode());
      } else {
        removedDirectories
            .computeIfAbsent(inode.height(), height -> new TreeSet<>())
            .add(inode.inode());
      }
    }
    for (Map.Entry<Long, Long> renamed : names.renamed().entrySet()) {
      boolean isThere = !removed.contains(renamed.getKey());
      if (isThere && isBelowLate(changes.volume().inode(renamed.getValue()))) {
        checkOrigin(renamed.getKey(), removed);
      }
    }
    // What is removed goes before directories get its names, and after they were in it.
    if (names.isAnyMovedOver() && !Collections.disjoint(names.moved().values(), removed)) {
      throw changes.unsupported(
          "moving a directory of ext4 out of what the same edit removes, and one to a name that "
              + "another had");
    }
    for (long other : names.movedOver().values()) {
      // Both names would be there when directories move.
      if (!removed.contains(other) && !names.moved().containsKey(other)) {
        throw changes.unsupported(
            "moving a directory of ext4 to a name that a file had that is still there, inode "
                + other);
      }
    }
    for (long moved : names.moved().keySet()) {
      Inode directory = changes.volume().inode(moved);
      if (directory.links() > 0 && isBelowLate(directory)) {
        throw changes.unsupported(
            "moving a directory of ext4 into one with the name of what the same edit removes, inode"
                + " "
                + moved);
      }
    }
  }

  /**
   * Divides names that go from one file to another: a file that loses its name so has its new one
   * before. If some can only be exchanged, the journal gives all of them at once.
   */
  private void sortReplacing(Set<Long> removed) throws IOException {
    Map<Place, Long> left = new HashMap<>();
    for (Place place : changes.names().replacing().keySet()) {
      left.put(place, changes.names().departedInode(place));
      inodes.computeIfAbsent(directories.inodeAt(place), inode -> new HashSet<>()).add(place);
    }
    for (long inode : left.values()) {
      long directory = removed.contains(inode) ? 0 : changes.names().renamedIn(inode);
      if (directory != 0 && isBelowLate(changes.volume().inode(directory))) {
        throw changes.unsupported(
            "moving a file of ext4 into a directory with the name of what the same edit removes, "
                + "and taking its name, inode "
                + inode);
      }
    }
    Set<Place> done = new HashSet<>();
    boolean advances = true;
    while (advances) {
      Set<Place> stage = ready(left, removed, done, true);
      advances = advance(stage, left, done, replacing);
    }
    for (Place place : left.keySet()) {
      checkOrigin(directories.inodeAt(place), removed);
    }
    while (!left.isEmpty() && !exchanges) {
      Set<Place> stage = ready(left, removed, done, false);
      exchanges = !advance(stage, left, done, lateReplacing);
    }
    if (exchanges) {
      checkExchange(removed);
    }
  }

  private static boolean advance(
      Set<Place> stage, Map<Place, Long> left, Set<Place> done, List<Set<Place>> stages) {
    if (stage.isEmpty()) {
      return false;
    }
    done.addAll(stage);
    left.keySet().removeAll(stage);
    stages.add(Set.copyOf(stage));
    return true;
  }

  /**
   * Returns which names can go from one file to another now.
   *
   * @param early whether directories that are removed or moved are still there
   */
  private Set<Place> ready(
      Map<Place, Long> left, Set<Long> removed, Set<Place> done, boolean early) {
    Set<Long> gone = new HashSet<>(changes.names().moved().keySet());
    for (Removed each : changes.removed()) {
      if (each.isDirectory()) {
        gone.add(each.inode());
      }
    }
    Set<Place> stage = new HashSet<>();
    left.forEach((place, inode) -> {
      Set<Place> others = inodes.getOrDefault(inode, Set.of());
      boolean free =
          others.isEmpty() || removed.contains(inode) || !Collections.disjoint(others, done);
      if (free && !(early && gone.contains(inode))) {
        stage.add(place);
      }
    });
    return stage;
  }

  /** A file that gets its name when directories are removed cannot have been in one of them. */
  private void checkOrigin(long inode, Set<Long> removed) throws IOException {
    if (!changes.isNewInode(inode) && removed.contains(changes.names().renamedFrom(inode))) {
      throw changes.unsupported(
          "moving a file of ext4 out of what the same edit removes, to a name that another had, "
              + "inode "
              + inode);
    }
  }

  private void checkExchange(Set<Long> removed) throws IOException {
    Set<Place> all = Set.copyOf(changes.names().replacing().keySet());
    replacing.clear();
    lateReplacing.clear();
    lateReplacing.add(all);
    for (Place place : all) {
      checkOrigin(directories.inodeAt(place), removed);
    }
    long blocks = all.stream().map(Place::block).distinct().count();
    if (blocks > JournalTransaction.mostBlocks(changes)) {
      throw changes.unsupported(
          "exchanging the names of %d files at once in ext4 with its journal, or any without one"
              .formatted(all.size()));
    }
  }

  /** Returns whether names are exchanged, which only the journal can do. */
  boolean exchanges() {
    return exchanges;
  }

  /** Returns which names become other files', stage by stage. */
  List<Set<Place>> replacing() {
    return replacing;
  }

  /** Returns those that go on after these, as directories that had them are gone or elsewhere. */
  List<Set<Place>> lateReplacing() {
    return lateReplacing;
  }

  private boolean isLate(long file) {
    return !inodes.isEmpty() && changes.isNewInode(file);
  }

  /** Returns whether a directory is in a new one that comes late, or is one. */
  private boolean isBelowLate(Inode directory) throws IOException {
    if (inodes.isEmpty() || directory.links() == 0) {
      return false;
    }
    Inode at = directory;
    while (!inodes.containsKey(at.number())) {
      at = changes.volume().inode(directories.parent(at));
      if (!changes.isNewInode(at.number())) {
        return false;
      }
    }
    return changes.isNewInode(at.number());
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

  /** Returns directories that get something that they did not have. */
  Set<Long> gaining() {
    return gaining;
  }

  /** Returns new directories, one before what is in it. */
  Iterable<Set<Long>> newDirectories() {
    return newDirectories.values();
  }

  /** Returns files that change, that are new and come at once, and that are removed. */
  Set<Long> files() {
    return files;
  }

  /** Returns directories that are removed and had something, one after that. */
  Iterable<Set<Long>> removedDirectories() {
    return removedDirectories.values();
  }

  /** Returns new directories that come after all that is removed. */
  Iterable<Set<Long>> lateDirectories() {
    return lateDirectories.values();
  }

  /** Returns new files that come after all that is removed. */
  Set<Long> lateFiles() {
    return lateFiles;
  }

  /** Returns directories that only lose something. */
  Set<Long> others() {
    return others;
  }
}
