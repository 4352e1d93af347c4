package io.diskformat.vmdk;

import io.diskformat.layer.PaddedCopy;
import io.diskformat.storage.IoSupplier;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Repairs what {@link ExtentCheck} finds in an extent of plain grains.
 *
 * <ul>
 *   <li>Of an entry that is in two tables and differs, the one counts that can be right; of two
 *       that can, the first, but one that says something before one that says nothing, and one with
 *       a place of its own before one that has another grain's.
 *   <li>An entry that can be right in neither has lost its grain. It becomes empty; over a parent,
 *       whose older data would show, it becomes zeroed, or is left where the header does not allow
 *       that.
 *   <li>A table that a directory lacks, or a directory that is not within the file, is made anew at
 *       the end of the file, out of the other one.
 *   <li>A file that ends within a grain is made longer by zeroes.
 *   <li>Of several entries with one place, the first keeps it, and each other one gets a copy.
 *   <li>What nobody owns is given back to the host, when there are no other problems.
 * </ul>
 *
 * <p>What is made anew is durable before anything points to it. Each change by itself makes the
 * extent no worse, and can be made again, so a repair that was cut off is finished by the next.
 */
final class ExtentRepair {
  private static final long LAST_SECTOR = 0xffff_ffffL;

  /** A change of an entry. */
  private record Change(long position, long entry) {}

  private final Storage storage;

  /** Reads the tables of the extent. */
  private final IoSupplier<ExtentTables> reading;

  private final ExtentFields fields;
  private final boolean hasBelow;
  private final List<Change> changes = new ArrayList<>();

  private ExtentTables tables;
  private EntryChoice choice;

  /** Whether an entry is left that says a place beyond the end, which must not get there. */
  private boolean mustNotGrow;

  /**
   * Creates a repair.
   *
   * @param fields of the header
   * @param hasBelow whether there is a parent
   */
  ExtentRepair(
      Storage storage, IoSupplier<ExtentTables> reading, ExtentFields fields, boolean hasBelow)
      throws IOException {
    this.storage = storage;
    this.reading = reading;
    this.fields = fields;
    this.hasBelow = hasBelow;
    this.tables = reading.get();
    this.choice = new EntryChoice(tables);
  }

  /** Repairs all that can be. */
  void correct() throws IOException {
    if (!isMostlySound()) {
      return;
    }
    choice = new EntryChoice(tables);
    for (int table = 0; table < tables.shape().tables(); table++) {
      correctEntries(table);
      correctDirectories(table);
    }
    storage.flush(RepairStep.LOST);
    if (mustNotGrow) {
      return;
    }
    fillUp();
    makeTables();
    makeDirectory();
    copyShared();
    fields.end(storage.size());
  }

  /**
   * Records that the extent is closed, once nothing is wrong with any part of the image.
   *
   * @param reclaims whether what nobody owns is given back
   */
  void finish(boolean reclaims) throws IOException {
    if (fields.isUnclean()) {
      // Of redundant tables that differ, either is right.
      correct();
    }
    if (reclaims) {
      reclaim();
    }
    if (fields.isUnclean()) {
      fields.unclean(false);
      storage.flush(RepairStep.END);
    }
  }

  /**
   * Returns whether more grains have a place than have lost it. Otherwise the tables may be where
   * none are, and what is written there would destroy what somebody may yet find.
   */
  private boolean isMostlySound() throws IOException {
    long sound = 0;
    long lost = 0;
    for (int table = 0; table < tables.shape().tables(); table++) {
      ExtentTables.Directory read = tables.of(table);
      if (read == null) {
        int number = table;
        boolean said = tables.directories().stream().anyMatch(each -> each.isBad(number));
        lost += said ? tables.count(table) : 0;
        continue;
      }
      ByteBuffer entries = tables.entries(read, table);
      while (entries.hasRemaining()) {
        long entry = Integer.toUnsignedLong(entries.getInt());
        sound += GrainMap.isStored(entry) && tables.problem(entry) == null ? 1 : 0;
        lost += tables.problem(entry) == null ? 0 : 1;
      }
    }
    return lost <= sound;
  }

  // Entries

  private void correctEntries(int table) throws IOException {
    List<ExtentTables.Directory> having =
        tables.directories().stream().filter(directory -> directory.has(table)).toList();
    if (having.isEmpty()) {
      return;
    }
    List<ByteBuffer> entries = new ArrayList<>();
    for (ExtentTables.Directory directory : having) {
      entries.add(tables.entries(directory, table));
    }
    for (int i = 0; i < tables.count(table); i++) {
      int at = i * Integer.BYTES;
      long first = Integer.toUnsignedLong(entries.getFirst().getInt(at));
      long last = Integer.toUnsignedLong(entries.getLast().getInt(at));
      long right = right(first, last);
      for (int which = 0; which < having.size(); which++) {
        if (right >= 0 && Integer.toUnsignedLong(entries.get(which).getInt(at)) != right) {
          tables.write(having.get(which).table(table) + at, right);
        }
      }
    }
  }

  /** Returns what an entry must be, or -1 if it is left. */
  private long right(long first, long redundant) throws IOException {
    boolean firstCan = tables.problem(first) == null;
    boolean redundantCan = tables.problem(redundant) == null;
    if (firstCan && redundantCan) {
      return first == redundant || fields.isUnclean() || !choice.isBetter(redundant, first)
          ? first
          : redundant;
    }
    if (firstCan || redundantCan) {
      return firstCan ? first : redundant;
    }
    if (!hasBelow) {
      return GrainMap.NONE;
    }
    if (tables.shape().zeroedGrains()) {
      return GrainMap.ZEROED;
    }
    mustNotGrow |= Math.max(first, redundant) << ExtentLine.SECTOR_BITS >= tables.fileSize();
    return -1;
  }

  /**
   * Makes an entry of a directory that leads to no table lead to the other directory's, for the
   * time being; so it leads nowhere else once the file is longer.
   */
  private void correctDirectories(int table) throws IOException {
    ExtentTables.Directory having = tables.of(table);
    for (ExtentTables.Directory directory : tables.directories()) {
      if (!directory.isBad(table)) {
        continue;
      }
      if (having != null || !hasBelow) {
        long position = having == null ? 0 : having.table(table);
        tables.write(directory.entryPosition(table), position >>> ExtentLine.SECTOR_BITS);
      } else {
        mustNotGrow |= directory.table(table) + tables.tableSize() > tables.fileSize();
      }
    }
  }

  // What is made anew

  /** Makes the file as long as its last grain. */
  private void fillUp() throws IOException {
    long end = tables.fileSize();
    for (int table = 0; table < tables.shape().tables(); table++) {
      ExtentTables.Directory read = tables.of(table);
      if (read != null) {
        ByteBuffer entries = tables.entries(read, table);
        while (entries.hasRemaining()) {
          long entry = Integer.toUnsignedLong(entries.getInt());
          if (GrainMap.isStored(entry)) {
            end = Math.max(end, (entry << ExtentLine.SECTOR_BITS) + tables.shape().grain());
          }
        }
      }
    }
    if (end > storage.size()) {
      storage.resize(end);
      storage.flush(RepairStep.COPIES);
    }
    tables = reading.get();
  }

  private void makeTables() throws IOException {
    for (int table = 0; table < tables.shape().tables(); table++) {
      ExtentTables.Directory read = tables.of(table);
      for (ExtentTables.Directory directory : tables.directories()) {
        if (!tables.isInFile(directory) || directory.has(table)) {
          continue;
        }
        if (read != null) {
          copyTable(read, table, directory.entryPosition(table));
        }
      }
    }
    applyChanges();
  }

  /** Copies a table to the end of the file, where an entry of a directory is to point. */
  private void copyTable(ExtentTables.Directory from, int table, long entryPosition)
      throws IOException {
    long position = end();
    if (position >>> ExtentLine.SECTOR_BITS <= LAST_SECTOR) {
      storage.resize(position + tables.tableSize());
      storage.write(position, MemorySegment.ofBuffer(tables.entries(from, table)));
      changes.add(new Change(entryPosition, position >>> ExtentLine.SECTOR_BITS));
    }
  }

  /** Returns the end of the file, in whole grains, where what is new begins. */
  private long end() throws IOException {
    return Math.ceilDiv(storage.size(), tables.shape().grain()) * tables.shape().grain();
  }

  /** Makes the directory that is not within the file, if the other one is. */
  private void makeDirectory() throws IOException {
    List<ExtentTables.Directory> all = tables.directories();
    if (all.size() < 2 || tables.isInFile(all.getFirst()) == tables.isInFile(all.getLast())) {
      return;
    }
    boolean firstLost = !tables.isInFile(all.getFirst());
    ExtentTables.Directory other = firstLost ? all.getLast() : all.getFirst();
    int count = (int) tables.shape().tables();
    long directory = end();
    storage.resize(directory + (long) count * Integer.BYTES);
    for (int table = 0; table < count; table++) {
      if (other.has(table)) {
        copyTable(other, table, directory + (long) table * Integer.BYTES);
      }
    }
    applyChanges();
    long kept = other.position;
    fields.directories(
        firstLost ? new long[] {directory, kept} : new long[] {kept, directory}, count);
    storage.flush(RepairStep.ENTRIES);
    tables = reading.get();
  }

  /** Gives each grain a place of its own. */
  private void copyShared() throws IOException {
    GrainOwners.visit(
        tables,
        new GrainOwners.Visitor() {
          @Override
          public void shared(int table, int index, long entry) throws IOException {
            copyGrain(table, index, entry);
          }

          @Override
          public void leaked(long start, long end) {
            // For later.
          }
        });
    applyChanges();
  }

  private void copyGrain(int table, int index, long entry) throws IOException {
    long position = end();
    long grain = tables.shape().grain();
    // As many copies as the file has grains, so that nonsense does not fill the host.
    if (position + grain > 2 * tables.fileSize()
        || position >>> ExtentLine.SECTOR_BITS > LAST_SECTOR) {
      return;
    }
    PaddedCopy.within(storage, entry << ExtentLine.SECTOR_BITS, position, grain);
    for (ExtentTables.Directory directory : tables.directories()) {
      if (directory.has(table)) {
        changes.add(
            new Change(
                directory.table(table) + (long) index * Integer.BYTES,
                position >>> ExtentLine.SECTOR_BITS));
      }
    }
  }

  /** Makes the entries point to what was made, which is durable first. */
  private void applyChanges() throws IOException {
    if (!changes.isEmpty()) {
      storage.flush(RepairStep.COPIES);
      for (Change change : changes) {
        tables.write(change.position(), change.entry());
      }
      storage.flush(RepairStep.ENTRIES);
      changes.clear();
    }
    tables = reading.get();
  }

  // Leaks

  /** Gives back what nobody owns. */
  private void reclaim() throws IOException {
    long[] tail = {-1, -1};
    GrainOwners.visit(
        tables,
        new GrainOwners.Visitor() {
          @Override
          public void shared(int table, int index, long entry) {
            throw new IllegalStateException("grains share a place");
          }

          @Override
          public void leaked(long start, long end) throws IOException {
            storage.zero(start, Math.min(end, storage.size()) - start, true);
            tail[0] = start == tail[1] ? tail[0] : start;
            tail[1] = end;
          }
        });
    if (tail[1] >= storage.size()) {
      storage.resize(tail[0]);
    }
    storage.flush(RepairStep.END);
    tables = reading.get();
  }
}
