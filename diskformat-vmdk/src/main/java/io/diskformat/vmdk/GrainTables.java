package io.diskformat.vmdk;

import io.diskformat.storage.Storage;
import io.diskformat.table.MappedTable;
import io.diskformat.table.MetadataPages;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * The tables of an extent that is written, which are there twice in most hosted extents: each entry
 * is changed in the redundant table, too. Both are written out in the same step of a flush, after
 * the data to which they point; so either shows what was there before or after it.
 */
final class GrainTables {
  /** The order of the pages of grain tables. */
  static final int TABLES = 0;

  /** The order of the pages of grain directories. */
  static final int DIRECTORIES = 1;

  private final GrainMap map;
  private final MetadataPages pages;
  private final Storage storage;

  /** Changes only when the extent is resized, beside which nothing runs. */
  private long count;

  private List<Directory> directories;

  /**
   * Creates the tables of an extent.
   *
   * @param map of the extent, whose tables change in {@code pages}
   * @param count the number of entries of a grain directory
   * @param redundant where the redundant grain directory begins, in bytes, or 0 if there is none
   */
  GrainTables(Storage storage, GrainMap map, MetadataPages pages, long count, long redundant) {
    this.storage = storage;
    this.map = map;
    this.pages = pages;
    this.count = count;
    Directory first = new Directory(map.directoryPosition());
    this.directories = redundant == 0 ? List.of(first) : List.of(first, new Directory(redundant));
  }

  /**
   * Goes on with longer directories.
   *
   * @param positions where they begin in the file, in bytes
   */
  void moved(long[] positions, long entries) {
    directories = Arrays.stream(positions).mapToObj(Directory::new).toList();
    count = entries;
    map.directoryMoved(positions[0]);
  }

  /** Goes on with fewer tables, as the extent is smaller. */
  void cut(long entries) {
    count = entries;
  }

  /** A grain directory. */
  final class Directory {
    private final long position;
    private final MappedTable entries = new MappedTable(storage, pages, "grain directory entry");

    private Directory(long position) {
      this.position = position;
    }

    /** Returns where it begins in the file, in bytes. */
    long position() {
      return position;
    }

    /** Returns where a table begins in the file, in bytes, or 0 if there is none. Unfenced. */
    long table(long table) throws IOException {
      return entries.littleEndianInt(entryPosition(table)) << ExtentLine.SECTOR_BITS;
    }

    private long entryPosition(long table) {
      return position + (table << GrainMap.ENTRY_BITS);
    }

    private void point(long table, long tablePosition) throws IOException {
      pages.write(entryPosition(table), tablePosition >>> ExtentLine.SECTOR_BITS, DIRECTORIES);
    }
  }

  /** Returns the directories: the first, and the redundant one if there is one. */
  List<Directory> directories() {
    return directories;
  }

  /** Returns the number of entries of a grain directory. */
  long count() {
    return count;
  }

  /** Returns the size of a grain table, in bytes. */
  long tableSize() {
    return map.tableEntries() << GrainMap.ENTRY_BITS;
  }

  /** Returns the size of a grain, in bytes. */
  long grainSize() {
    return map.unit();
  }

  MetadataPages pages() {
    return pages;
  }

  /** Returns the entry of a grain. Unfenced. */
  long entry(long grain) throws IOException {
    return map.entry(grain);
  }

  /** Returns how many grains from one on, itself included, have their entries in the same table. */
  long restOfTable(long grain) {
    return map.tableEntries() - (grain & (map.tableEntries() - 1));
  }

  /** Adds the table of a grain's entry, if there is none yet. */
  synchronized void own(long grain, GrainAllocator allocator) throws IOException {
    long table = grain >>> map.tableBits();
    for (Directory directory : directories) {
      pages.hold(directory.entryPosition(table), DIRECTORIES);
    }
    int missing = 0;
    for (Directory directory : directories) {
      missing += directory.table(table) == 0 ? 1 : 0;
    }
    if (missing == 0) {
      return;
    }
    // Both tables or none, so that none is left without an owner.
    long length = wholeSectors(tableSize());
    long next = allocator.allocateTable(missing * length);
    for (Directory directory : directories.reversed()) {
      if (directory.table(table) == 0) {
        directory.point(table, next);
        next += length;
      }
    }
  }

  private static long wholeSectors(long bytes) {
    long sector = 1L << ExtentLine.SECTOR_BITS;
    return (bytes + sector - 1) & -sector;
  }

  /** Keeps the entries of a grain in memory, so that changing them cannot fail. */
  void hold(long grain) throws IOException {
    long table = grain >>> map.tableBits();
    for (Directory directory : directories) {
      pages.hold(directory.entryPosition(table), DIRECTORIES);
      pages.hold(entryPosition(directory, grain), TABLES);
    }
  }

  /** Changes the entry of a grain. */
  void set(long grain, long entry) throws IOException {
    hold(grain);
    for (Directory directory : directories.reversed()) {
      pages.write(entryPosition(directory, grain), entry, TABLES);
    }
  }

  private long entryPosition(Directory directory, long grain) throws IOException {
    return directory.table(grain >>> map.tableBits())
        + ((grain & (map.tableEntries() - 1)) << GrainMap.ENTRY_BITS);
  }

  /**
   * Makes first and redundant tables alike: a crash may have left them different, where either is
   * right. What one directory lacks is taken from the other, and else the first one counts.
   */
  void match(GrainAllocator allocator) throws IOException {
    if (directories.size() == 1) {
      return;
    }
    for (long table = 0; table < count; table++) {
      boolean first = directories.getFirst().table(table) != 0;
      if (first || directories.getLast().table(table) != 0) {
        own(table << map.tableBits(), allocator);
        copy(
            table,
            first ? directories.getFirst() : directories.getLast(),
            first ? directories.getLast() : directories.getFirst());
      }
    }
  }

  private void copy(long table, Directory from, Directory to) throws IOException {
    long firstGrain = table << map.tableBits();
    for (long grain = firstGrain; grain < firstGrain + map.tableEntries(); grain++) {
      long entry = pages.read(entryPosition(from, grain));
      long position = entryPosition(to, grain);
      if (pages.read(position) != entry) {
        pages.write(position, entry, TABLES);
      }
    }
  }
}
