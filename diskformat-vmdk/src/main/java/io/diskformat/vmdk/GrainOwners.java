package io.diskformat.vmdk;

import io.diskformat.maintenance.OwnerCounts;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Finds which places of an extent's file have several owners, and which have none. Its memory is
 * bounded; the tables are read once for each window of the file, a window being 4 TiB if grains
 * have 64 KiB.
 */
final class GrainOwners {
  /** The size of a block of the host, in bytes: it stores whole blocks. */
  private static final long HOST_BLOCK = 4096;

  /** How many places are looked at before the visitor is asked again. */
  private static final long TURNS = 1 << 16;

  private final ExtentTables tables;
  private final Visitor visitor;
  private final long grain;
  private final long unit;

  /** Receives what is found. */
  interface Visitor {
    /** Is called now and then, and ends the visit by throwing; by default does nothing. */
    default void goesOn() throws IOException {}

    /**
     * Receives a grain whose place an earlier one has.
     *
     * @param table its number
     * @param index of the entry in that table
     */
    void shared(int table, int index, long entry) throws IOException;

    /**
     * Receives a range of the file without an owner, at most as long as a grain or a block of the
     * host, in the order of the file.
     */
    void leaked(long start, long end) throws IOException;
  }

  private GrainOwners(ExtentTables tables, Visitor visitor) throws IOException {
    this.tables = tables;
    this.visitor = visitor;
    this.grain = tables.shape().grain();
    this.unit = unit();
  }

  /** Visits the places of an extent. */
  static void visit(ExtentTables tables, Visitor visitor) throws IOException {
    GrainOwners owners = new GrainOwners(tables, visitor);
    OwnerCounts counts = new OwnerCounts(Math.ceilDiv(tables.fileSize(), owners.unit), 1);
    while (counts.nextWindow()) {
      for (int table = 0; table < tables.shape().tables(); table++) {
        owners.count(table, counts);
      }
      owners.findLeaks(counts);
    }
  }

  /** Returns to what grains are aligned: to their own size, in all images that tools make. */
  private long unit() throws IOException {
    long bits = grain >>> ExtentLine.SECTOR_BITS;
    for (int table = 0; table < tables.shape().tables(); table++) {
      visitor.goesOn();
      ExtentTables.Directory read = tables.of(table);
      if (read != null) {
        ByteBuffer entries = tables.entries(read, table);
        while (entries.hasRemaining()) {
          long entry = Integer.toUnsignedLong(entries.getInt());
          bits |= isPlaced(entry) ? entry : 0;
        }
      }
    }
    return Long.lowestOneBit(bits) << ExtentLine.SECTOR_BITS;
  }

  private boolean isPlaced(long entry) {
    return GrainMap.isStored(entry) && tables.problem(entry) == null;
  }

  private void count(int table, OwnerCounts counts) throws IOException {
    visitor.goesOn();
    ExtentTables.Directory read = tables.of(table);
    if (read == null) {
      return;
    }
    long units = grain / unit;
    ByteBuffer entries = tables.entries(read, table);
    for (int i = 0; i < tables.count(table); i++) {
      long entry = Integer.toUnsignedLong(entries.getInt(i * Integer.BYTES));
      if (!isPlaced(entry)) {
        continue;
      }
      long first = (entry << ExtentLine.SECTOR_BITS) / unit;
      // All are of one length, so two that overlap do so at an end of the second.
      if (isOwned(counts, first) || isOwned(counts, first + units - 1)) {
        visitor.shared(table, i, entry);
      } else {
        counts.add(first, units, 1);
      }
    }
  }

  private static boolean isOwned(OwnerCounts counts, long place) {
    return counts.covers(place) && counts.get(place) > 0;
  }

  private void findLeaks(OwnerCounts counts) throws IOException {
    long place = Math.max(counts.start(), Math.ceilDiv(tables.shape().firstGrain(), unit));
    for (long turn = 0; place < counts.end(); turn++) {
      if ((turn & (TURNS - 1)) == 0) {
        visitor.goesOn();
      }
      if (isTaken(counts, place)) {
        place++;
        continue;
      }
      long data = tables.storage().nextData(place * unit);
      if (data >= (place + 1) * unit) {
        place = Math.max(place + 1, data / unit);
        continue;
      }
      long end = place + 1;
      while (end < counts.end() && !isTaken(counts, end)) {
        end++;
      }
      leak(place * unit, end * unit);
      place = end;
    }
  }

  private boolean isTaken(OwnerCounts counts, long place) {
    return counts.get(place) > 0 || tables.isPartOfTable(place * unit, (place + 1) * unit);
  }

  /**
   * Reports what the host stores of a range that nobody owns, as far as it can be given back to it:
   * in whole blocks, or as the end of the file.
   */
  private void leak(long start, long end) throws IOException {
    boolean last = end >= tables.fileSize();
    long at = last ? start : Math.ceilDiv(start, HOST_BLOCK) * HOST_BLOCK;
    long stop = last ? end : end / HOST_BLOCK * HOST_BLOCK;
    while (at < stop) {
      long data = tables.storage().nextData(at);
      if (data >= at + HOST_BLOCK) {
        at = data / HOST_BLOCK * HOST_BLOCK;
        continue;
      }
      long next = Math.min(stop, Math.max(at + grain, at + HOST_BLOCK));
      visitor.leaked(at, next);
      at = next;
    }
  }
}
