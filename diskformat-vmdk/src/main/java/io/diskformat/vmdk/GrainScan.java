package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.Storage;
import io.diskformat.table.KnownHole;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads all tables of an extent before it is written: finds the used parts of the file, and refuses
 * an extent that a writer would only make worse.
 */
final class GrainScan {
  private final Storage storage;
  private final GrainTables tables;
  private final long grain;
  private final TableRanges ranges;
  private final UsedSlots used;

  // Those of new images are nearly all in holes.
  private final KnownHole holes;
  private final KnownHole redundantHoles;

  private GrainScan(Storage storage, GrainTables tables) {
    this.storage = storage;
    this.tables = tables;
    this.grain = tables.grainSize();
    this.ranges = new TableRanges(storage);
    this.used = new UsedSlots(grain);
    this.holes = new KnownHole(storage);
    this.redundantHoles = new KnownHole(storage);
  }

  /**
   * Reads the tables of an extent.
   *
   * @param fields of its header
   * @param alike whether tables and redundant tables must be the same, as they are in an extent
   *     that was closed
   * @return what of the file is in use
   * @throws CorruptImageException if a grain is not within the file, or in the place of a table or
   *     of another grain
   */
  static UsedSlots run(Storage storage, GrainTables tables, ExtentFields fields, boolean alike)
      throws IOException {
    GrainScan scan = new GrainScan(storage, tables);
    scan.findTables(fields);
    scan.findGrains(alike);
    return scan.used;
  }

  private void findTables(ExtentFields fields) throws IOException {
    fields.addRanges(ranges);
    for (GrainTables.Directory directory : tables.directories()) {
      ranges.add(directory.position(), tables.count() << GrainMap.ENTRY_BITS);
      for (long table = 0; table < tables.count(); table++) {
        long position = directory.table(table);
        if (position > 0) {
          requireInFile(directory, table, position);
          ranges.add(position, tables.tableSize());
        }
      }
    }
    ranges.seal();
    ranges.forEach(used::use);
  }

  private void requireInFile(GrainTables.Directory directory, long table, long position)
      throws IOException {
    if (position + tables.tableSize() > storage.size()) {
      throw new CorruptImageException(
          storage.name(),
          "grain directory entry",
          directory.position() + (table << GrainMap.ENTRY_BITS),
          "says a grain table at " + position + ", which is not within the file");
    }
  }

  private void findGrains(boolean alike) throws IOException {
    GrainTables.Directory first = tables.directories().getFirst();
    GrainTables.Directory last = tables.directories().getLast();
    for (long table = 0; table < tables.count(); table++) {
      long position = first.table(table);
      if (position == 0 && !alike) {
        // A crash may have left it to the redundant one alone.
        position = last.table(table);
      }
      if (isEmpty(position, holes) && (!alike || isEmpty(last.table(table), redundantHoles))) {
        continue;
      }
      byte[] entries = read(position);
      if (alike && tables.directories().size() > 1) {
        requireAlike(entries, last, table);
      }
      ByteBuffer words = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN);
      while (words.hasRemaining()) {
        long at = position + words.position();
        long entry = Integer.toUnsignedLong(words.getInt());
        if (GrainMap.isStored(entry)) {
          grain(at, entry << ExtentLine.SECTOR_BITS);
        }
      }
    }
  }

  /** Returns whether a table is not there, or known to have no entry. */
  private boolean isEmpty(long table, KnownHole known) throws IOException {
    return table == 0 || known.contains(table, tables.tableSize());
  }

  /** Returns the entries of a table; one that is not there is like one of zeroes. */
  private byte[] read(long table) throws IOException {
    int size = (int) tables.tableSize();
    return table == 0 ? new byte[size] : storage.read(table, size).array();
  }

  private void requireAlike(byte[] entries, GrainTables.Directory redundant, long table)
      throws IOException {
    long position = redundant.table(table);
    if (!Arrays.equals(entries, read(position))) {
      throw new CorruptImageException(
          storage.name(),
          "redundant grain table",
          position,
          "differs from grain table " + table + ", so that the extent must be repaired first");
    }
  }

  private void grain(long entryPosition, long position) throws IOException {
    if (position >= storage.size()) {
      throw corrupt(entryPosition, position, "which is not within the file");
    }
    if (ranges.overlap(position, position + grain)) {
      throw corrupt(entryPosition, position, "where a table, the header or the descriptor is");
    }
    if (used.isUsedSlot(position)) {
      throw corrupt(entryPosition, position, "where another grain is, too");
    }
    used.use(position, position + grain);
  }

  private CorruptImageException corrupt(long entryPosition, long position, String problem) {
    return new CorruptImageException(
        storage.name(),
        "grain table entry",
        entryPosition,
        "says a grain at " + position + ", " + problem);
  }
}
