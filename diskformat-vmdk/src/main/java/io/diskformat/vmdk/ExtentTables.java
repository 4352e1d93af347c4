package io.diskformat.vmdk;

import io.diskformat.storage.Storage;
import io.diskformat.table.Word;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The grain directories and tables of a sparse extent as they are in its file, however damaged: for
 * maintenance, which has the file to itself. A table that is not within the file, or where
 * something else is, is no table. Not thread-safe.
 */
final class ExtentTables {
  /**
   * Log2 of the most ranges: enough for twice as many tables as an extent can have, and the rest.
   */
  private static final int ID_BITS = 24;

  private static final int ENTRY = 1 << GrainMap.ENTRY_BITS;

  /**
   * What the header says.
   *
   * @param size of the disk, in bytes
   * @param grain the size of a grain, in bytes
   * @param entries how many entries a table has
   * @param tables how many entries a directory has
   * @param zeroedGrains whether an entry may say that its grain reads as zeroes
   * @param firstGrain the position before which there is no grain, in bytes
   * @param fixed ranges of the file that are taken besides, in bytes: start and length in turn
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Shape(
      long size,
      long grain,
      long entries,
      long tables,
      boolean zeroedGrains,
      long firstGrain,
      long... fixed) {}

  /** A directory. */
  static final class Directory {
    final String name;

    /** Where it begins, in bytes. */
    final long position;

    /** The sectors of its tables; none if it is not within the file. */
    final int[] tables;

    private final BitSet bad = new BitSet();

    private Directory(String name, long position, int[] tables) {
      this.name = name;
      this.position = position;
      this.tables = tables;
    }

    /** Returns where a table is said to begin, in bytes, or 0 if there is none. */
    long table(int index) {
      return Integer.toUnsignedLong(tables[index]) << ExtentLine.SECTOR_BITS;
    }

    /** Returns whether there is a table. */
    boolean has(int index) {
      return index < tables.length && tables[index] != 0 && !bad.get(index);
    }

    /** Returns whether an entry says that there is a table where there can be none. */
    boolean isBad(int index) {
      return bad.get(index);
    }

    /** Returns where the entry of a table is, in bytes. */
    long entryPosition(int index) {
      return position + (long) index * ENTRY;
    }
  }

  private final Storage storage;
  private final Shape shape;
  private final long fileSize;
  private final List<Directory> directories = new ArrayList<>();
  private final TableRanges ranges;

  /**
   * The ranges of whole tables, with the entries of grains beyond the end of the disk, where
   * nothing else claims that space.
   */
  private final TableRanges wholeTables;

  /**
   * Reads the directories.
   *
   * @param positions where they begin, in bytes: the first one, and the redundant one if there is
   *     one
   */
  ExtentTables(Storage storage, Shape shape, long... positions) throws IOException {
    this.storage = storage;
    this.shape = shape;
    this.fileSize = storage.size();
    this.ranges = new TableRanges(storage);
    this.wholeTables = new TableRanges(storage);
    for (long position : positions) {
      String name = directories.isEmpty() ? "grain directory" : "redundant grain directory";
      directories.add(new Directory(name, position, read(position)));
    }
    findTables();
  }

  /**
   * Returns the tables of a hosted extent.
   *
   * @param described whether a descriptor is inside; in an extent of several, some tools say that
   *     there is one and have tables there
   */
  static ExtentTables hosted(Storage storage, SparseHeader header, boolean described)
      throws IOException {
    Shape shape =
        new Shape(
            header.size(),
            1L << header.grainBits(),
            header.tableEntries(),
            header.tables(),
            header.hasZeroedGrains(),
            header.overhead() << ExtentLine.SECTOR_BITS,
            0,
            SparseHeader.LENGTH,
            header.descriptor() << ExtentLine.SECTOR_BITS,
            described ? header.descriptorSectors() << ExtentLine.SECTOR_BITS : 0);
    long first = header.directory() << ExtentLine.SECTOR_BITS;
    return header.hasRedundant()
        ? new ExtentTables(
            storage, shape, first, header.redundantDirectory() << ExtentLine.SECTOR_BITS)
        : new ExtentTables(storage, shape, first);
  }

  private int[] read(long position) throws IOException {
    long length = shape.tables * ENTRY;
    if (position <= 0
        || length > fileSize - position
        || taken().overlap(position, position + length)) {
      return new int[0];
    }
    int[] tables = new int[(int) shape.tables];
    storage.read(position, (int) length).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(tables);
    return tables;
  }

  /** Finds which tables there are, in the order of the file: of two that overlap, the first. */
  private void findTables() throws IOException {
    long[] starts = new long[directories.stream().mapToInt(each -> each.tables.length).sum()];
    int count = 0;
    for (int which = 0; which < directories.size(); which++) {
      int[] tables = directories.get(which).tables;
      for (int index = 0; index < tables.length; index++) {
        if (tables[index] != 0) {
          long id = (long) index << 1 | which;
          starts[count++] = Integer.toUnsignedLong(tables[index]) << ID_BITS | id;
        }
      }
    }
    Arrays.sort(starts, 0, count);
    TableRanges taken = taken();
    long end = 0;
    int found = 0;
    for (int i = 0; i < count; i++) {
      long position = position(starts[i]);
      long length = length(starts[i]);
      if (position < end
          || length > fileSize - position
          || taken.overlap(position, position + length)) {
        setBad(starts[i]);
      } else {
        end = position + sectors(length);
        starts[found++] = starts[i];
      }
    }
    long[] tables = Arrays.copyOf(starts, found);
    findContested(tables);
    addTables(Arrays.stream(tables).filter(start -> !isBad(start)).toArray());
  }

  /** Adds those tables that there are, in the order of the file. */
  private void addTables(long[] tables) throws IOException {
    for (int i = 0; i < tables.length; i++) {
      long position = position(tables[i]);
      long next = i + 1 < tables.length ? position(tables[i + 1]) : fileSize;
      ranges.add(position, length(tables[i]));
      wholeTables.add(position, Math.min(tableSize(), next - position));
    }
    addTaken(ranges);
    ranges.seal();
    wholeTables.seal();
  }

  private static long position(long start) {
    return start >>> ID_BITS << ExtentLine.SECTOR_BITS;
  }

  private static int id(long start) {
    return (int) start & (1 << ID_BITS) - 1;
  }

  private long length(long start) {
    return (long) count(id(start) >>> 1) * ENTRY;
  }

  private void setBad(long start) {
    directories.get(id(start) & 1).bad.set(id(start) >>> 1);
  }

  private boolean isBad(long start) {
    return directories.get(id(start) & 1).bad.get(id(start) >>> 1);
  }

  /**
   * Finds tables that lie where another table has a grain: a damaged directory may lead there, and
   * their entries may be the guest's data.
   *
   * @param tables sorted
   */
  private void findContested(long[] tables) throws IOException {
    int first = 0;
    while (first < tables.length && position(tables[first]) < shape.firstGrain) {
      first++;
    }
    long[] among = Arrays.copyOfRange(tables, first, tables.length);
    for (long table : among.length == 0 ? among : tables) {
      ByteBuffer entries = entries(directories.get(id(table) & 1), id(table) >>> 1);
      while (entries.hasRemaining()) {
        long entry = Integer.toUnsignedLong(entries.getInt());
        if (GrainMap.isStored(entry)) {
          contest(among, table, entry << ExtentLine.SECTOR_BITS);
        }
      }
    }
  }

  private void contest(long[] among, long by, long grain) {
    int index = Arrays.binarySearch(among, grain >>> ExtentLine.SECTOR_BITS << ID_BITS);
    int next = index < 0 ? -index - 1 : index;
    // A table may begin before the grain, and end in it.
    for (int i = Math.max(0, next - 1);
        i < among.length && position(among[i]) < grain + shape.grain;
        i++) {
      if (among[i] != by && position(among[i]) + length(among[i]) > grain) {
        setBad(among[i]);
      }
    }
  }

  private TableRanges taken() throws IOException {
    TableRanges taken = new TableRanges(storage);
    addTaken(taken);
    taken.seal();
    return taken;
  }

  /** Adds header, descriptor and directories; of those that overlap, the first alone. */
  private void addTaken(TableRanges target) throws IOException {
    List<long[]> fixed = new ArrayList<>();
    for (int i = 0; i < shape.fixed.length; i += 2) {
      long left = Math.max(0, fileSize - shape.fixed[i]);
      fixed.add(new long[] {shape.fixed[i], Math.min(left, shape.fixed[i + 1])});
    }
    for (Directory directory : directories) {
      fixed.add(new long[] {directory.position, (long) directory.tables.length * ENTRY});
    }
    fixed.sort((one, other) -> Long.compare(one[0], other[0]));
    long end = 0;
    for (long[] range : fixed) {
      if (range[0] >= end && range[1] > 0) {
        target.add(range[0], range[1]);
        end = range[0] + sectors(range[1]);
      }
    }
  }

  private static long sectors(long bytes) {
    return bytes + SparseHeader.LENGTH - 1 & -SparseHeader.LENGTH;
  }

  Storage storage() {
    return storage;
  }

  Shape shape() {
    return shape;
  }

  List<Directory> directories() {
    return directories;
  }

  /** Returns whether there are two directories within the file. */
  boolean areTwo() {
    return directories.size() == 2 && directories.stream().allMatch(this::isInFile);
  }

  /** Returns whether a directory is within the file. */
  boolean isInFile(Directory directory) {
    return directory.tables.length == shape.tables;
  }

  /** Returns the length of a whole table, in bytes. */
  long tableSize() {
    return shape.entries * ENTRY;
  }

  /**
   * Returns how many entries of a table are those of grains of the disk; some tools write no more.
   */
  int count(int table) {
    long grains = Math.ceilDiv(shape.size, shape.grain);
    return (int) Math.clamp(grains - table * shape.entries, 0, shape.entries);
  }

  /** Returns how long the file was when this was made, in bytes. */
  long fileSize() {
    return fileSize;
  }

  /** Returns the directory by which a table is read, or null if none has it. */
  @Nullable Directory of(int index) {
    for (Directory directory : directories) {
      if (directory.has(index)) {
        return directory;
      }
    }
    return null;
  }

  /** Returns the entries of a table that there is, as many as {@link #count} says. */
  ByteBuffer entries(Directory directory, int index) throws IOException {
    return storage
        .read(directory.table(index), count(index) * ENTRY)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Writes an entry of a table, or of a directory. */
  void write(long position, long entry) throws IOException {
    Word.LITTLE_ENDIAN_32.write(storage, position, entry);
  }

  /** Returns whether a range of the file is used by header, descriptor, directories and tables. */
  boolean isTable(long start, long end) {
    return ranges.overlap(start, end);
  }

  /**
   * Returns whether a range of the file may be used so: as {@link #isTable}, or by the rest of a
   * table whose grains are not all within the disk, unless that is where a grain is.
   */
  boolean isPartOfTable(long start, long end) {
    return isTable(start, end) || wholeTables.overlap(start, end);
  }

  /** Returns how many bytes of a grain are within the disk. */
  long shown(long grain) {
    return Math.clamp(shape.size - grain * shape.grain, 0, shape.grain);
  }

  /**
   * Returns why no grain is where an entry says, or null if there is one, or the entry says none.
   *
   * @param entry of a grain
   */
  @Nullable String problem(long entry) {
    if (entry == GrainMap.NONE) {
      return null;
    }
    if (entry == GrainMap.ZEROED) {
      return shape.zeroedGrains ? null : "zeroed, which the header does not allow";
    }
    long position = entry << ExtentLine.SECTOR_BITS;
    if (position >= fileSize) {
      return "a grain at " + position + ", beyond the end of the file";
    }
    if (isTable(position, position + shape.grain)) {
      return "a grain at " + position + ", where a table, the header or the descriptor is";
    }
    return null;
  }
}
