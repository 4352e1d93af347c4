package io.diskformat.inside.fat;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files of a directory, by their names. A directory says itself which other it is in: one that
 * was found elsewhere is refused, and so is a second entry for the same directory. So no tree has a
 * circle, or more paths than entries. For one thread.
 */
final class Listing {
  /** What stands for the root, which no cluster does. */
  static final long ROOT = 0;

  /** Where the entry for the directory that this one is in has its place. */
  private static final int PARENT_INDEX = 1;

  private final FatVolume volume;
  private final long directory;
  private final long parent;
  private final DirectoryEntries entries;
  private final LongName longName = new LongName();
  private final Set<Long> directories = new HashSet<>();
  private int index;
  private boolean parentKnown;

  /**
   * Begins a listing.
   *
   * @param directory its first cluster, or {@link #ROOT}
   * @param parent the same of the directory that it was found in
   */
  Listing(FatVolume volume, long directory, long parent) throws IOException {
    this.volume = volume;
    this.directory = directory;
    this.parent = parent;
    this.parentKnown = directory == ROOT;
    this.entries =
        directory == ROOT
            ? DirectoryEntries.ofRoot(volume)
            : DirectoryEntries.of(volume, directory);
  }

  /**
   * A file with both of its names.
   *
   * @param name the long one, if it has one
   * @param shortName the short one
   * @param entry of the file
   */
  record Named(String name, String shortName, FatEntry entry) {}

  /** Returns the next file, or null after the last. */
  @Nullable Named next() throws IOException {
    for (FatEntry entry = entries.next(); entry != null; entry = entries.next()) {
      boolean places = index++ == PARENT_INDEX && entry.isParent() && !entry.isDeleted();
      if (places && directory != ROOT) {
        checkParent(entry);
      }
      if (entry.isLongName() && !entry.isDeleted()) {
        longName.add(entry);
        continue;
      }
      String name = entry.isDeleted() ? "" : longName.of(entry);
      longName.clear();
      if (!entry.isDeleted() && !entry.isLabel() && !entry.isDot()) {
        check(entry);
        String shortName = entry.shortName(volume.codePage());
        return new Named(name.isEmpty() ? shortName : FatEntry.shown(name), shortName, entry);
      }
    }
    return null;
  }

  private boolean isRoot(long cluster) {
    return cluster == ROOT
        || (volume.boot().kind() == TableKind.FAT32 && cluster == volume.boot().rootCluster());
  }

  private void checkParent(FatEntry entry) throws IOException {
    long is = entry.cluster(volume.boot().kind());
    if (isRoot(is) ? parent != ROOT : is != parent) {
      throw volume.corrupt(
          "directory",
          entry.position(),
          "is in the one of cluster %d by its own account, and was found in that of %d"
              .formatted(is, parent));
    }
    parentKnown = true;
  }

  private void check(FatEntry entry) throws IOException {
    if (!parentKnown) {
      volume.enterWithoutParent(directory, parent);
      parentKnown = true;
    }
    if (!entry.isDirectory()) {
      return;
    }
    long cluster = entry.cluster(volume.boot().kind());
    if (isRoot(cluster)) {
      throw volume.corrupt("entry of a directory", entry.position(), "leads back to the root");
    }
    if (!directories.add(cluster)) {
      throw volume.corrupt(
          "directory", entry.position(), "has two entries for the directory of cluster " + cluster);
    }
  }
}
