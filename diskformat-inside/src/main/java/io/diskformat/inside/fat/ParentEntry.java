package io.diskformat.inside.fat;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** The entry by which a directory says which other it is in. */
final class ParentEntry {
  private static final int MOST_LEVELS = 4096;

  private ParentEntry() {}

  /** Returns the entry of a directory, which is not the root. */
  static FatEntry of(FatVolume volume, long cluster) throws IOException {
    FatEntry entry = DirectorySlots.of(volume, cluster).entry(1);
    if (!entry.isParent()) {
      throw volume.corrupt("directory", entry.position(), "does not say which directory it is in");
    }
    return entry;
  }

  /**
   * Checks that a directory does not end up in itself.
   *
   * @param moved the directory
   * @param target that it is to be in
   * @param name that errors name
   */
  static void checkOutside(FatVolume volume, FatNode moved, FatNode target, String name)
      throws IOException {
    long cluster = target.cluster();
    for (int level = 0; cluster != Listing.ROOT; level++) {
      if (cluster == moved.cluster()) {
        throw new FileSystemException(name, null, "a directory cannot be inside of itself");
      }
      if (level == MOST_LEVELS) {
        throw volume.corrupt("directory", -1, "has more than " + MOST_LEVELS + " above it");
      }
      cluster = of(volume, cluster).cluster(volume.boot().kind());
      if (volume.boot().kind() == TableKind.FAT32 && cluster == volume.boot().rootCluster()) {
        return;
      }
    }
  }
}
