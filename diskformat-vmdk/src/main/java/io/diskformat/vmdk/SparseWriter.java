package io.diskformat.vmdk;

import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import io.diskformat.table.FreedSpace;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.TableWriter;
import java.io.IOException;
import java.util.List;

/**
 * Says where the grains of a sparse extent may be written, hosted or COWD, and makes its tables
 * durable.
 *
 * <p>The order of a flush, a barrier after each step: guest data; grain tables, both the first and
 * the redundant one; grain directories, where a table was added; and only then are the places free
 * that the tables had before. So no table ever points to what is not there. A crash leaves places
 * without an owner, and redundant tables that differ; the header says that there was no end, and
 * the next writer then reads the tables, makes them alike, and cuts the file off.
 *
 * <p>Places without an owner that are not at the end of the file are found before the first change,
 * whoever left them, and are used first.
 */
final class SparseWriter extends TableWriter {
  private static final List<Step> STEPS =
      List.of(
          new Step(WriteStep.TABLES, GrainTables.TABLES),
          new Step(WriteStep.DIRECTORIES, GrainTables.DIRECTORIES));

  private final Storage storage;
  private final ExtentFields fields;
  private final GrainTables tables;
  private final GrainMap map;
  private final boolean hasBelow;
  private final long grain;
  private final GrainAllocator allocator;
  private final boolean cutOff;
  private long recordedEnd;

  /** Whether the tables were read for their free places. */
  private boolean scanned;

  /** Whether the header says that the extent is being written. */
  private boolean marked;

  /** Whether there are places without an owner that only the next writer can find. */
  private boolean leaks;

  /**
   * Creates a writer.
   *
   * @param hasBelow whether there is anything to be seen where the extent stores nothing
   */
  SparseWriter(
      Storage storage, ExtentFields fields, GrainMap map, GrainTables tables, boolean hasBelow)
      throws IOException {
    super(storage, storage, map.unit(), WriteStep.DATA, STEPS);
    this.storage = storage;
    this.fields = fields;
    this.tables = tables;
    this.map = map;
    this.hasBelow = hasBelow;
    this.grain = map.unit();
    this.allocator = new GrainAllocator(storage, grain);
    this.recordedEnd = allocator.end();
    this.cutOff = fields.isUnclean();
    if (cutOff) {
      Faults.during(storage, "reading the tables", this::recover);
    }
  }

  /** Puts in order what a writer that was cut off has left. */
  private void recover() throws IOException {
    scan(false);
    tables.match(allocator);
    flush();
    // Places that only the redundant tables had are free now.
    scan(true);
    allocator.trim();
    recordEnd();
    storage.flush();
    fields.unclean(false);
    storage.flush();
  }

  private void scan(boolean alike) throws IOException {
    allocator.begin(GrainScan.run(storage, tables, fields, alike), fields.firstGrain());
    scanned = true;
  }

  @Override
  protected MetadataPages pages() {
    return tables.pages();
  }

  @Override
  protected FreedSpace freed() {
    return allocator.freed();
  }

  // Before the first change

  /** Finds the places that are free, and marks the extent as being written. */
  @Override
  protected void prepare() throws IOException {
    if (!scanned) {
      Faults.during(storage, "reading the tables", () -> scan(true));
    }
    fields.unclean(true);
    marked = true;
    barriers().after(WriteStep.UNCLEAN);
  }

  // Placing

  @Override
  public long inPlace(long offset) throws IOException {
    long entry = tables.entry(offset >>> map.grainBits());
    return GrainMap.isStored(entry)
        ? (entry << ExtentLine.SECTOR_BITS) + (offset & (grain - 1))
        : -1;
  }

  @Override
  public Placement place(long offset, int clusters) throws IOException {
    long first = offset >>> map.grainBits();
    tables.own(first, allocator);
    return allocator.allocate((int) Math.min(clusters, tables.restOfTable(first)));
  }

  @Override
  protected void abandon(long position, int clusters) {
    allocator.abandon(position, clusters);
  }

  @Override
  protected void hold(long start, long end) throws IOException {
    for (long at = start; at < end; at += grain) {
      tables.hold(at >>> map.grainBits());
    }
  }

  @Override
  protected void linkCluster(long offset, long start, long end, long position) throws IOException {
    tables.set(offset >>> map.grainBits(), position >>> ExtentLine.SECTOR_BITS);
  }

  // Zeroing and discarding

  @Override
  public boolean zero(long offset, long length) throws IOException {
    if (!map.hasZeroedGrains()) {
      return discard(offset, length);
    }
    clear(offset, length, GrainMap.ZEROED);
    return true;
  }

  @Override
  public boolean discard(long offset, long length) throws IOException {
    if (hasBelow && !map.hasZeroedGrains()) {
      // What the parent has would show again.
      return false;
    }
    clear(offset, length, hasBelow ? GrainMap.ZEROED : GrainMap.NONE);
    return true;
  }

  /** Makes whole grains read as zeroes; the entries of those that are stored become another. */
  private void clear(long offset, long length, long cleared) throws IOException {
    for (long at = offset; at < offset + length; at += grain) {
      long number = at >>> map.grainBits();
      long entry = tables.entry(number);
      if (GrainMap.isStored(entry)) {
        forget(number, cleared);
      } else if (entry != cleared && (hasBelow || entry != GrainMap.NONE)) {
        tables.own(number, allocator);
        tables.set(number, cleared);
      }
    }
  }

  // Maintenance

  /** Returns whether who wrote the extent before did not close it. */
  boolean wasCutOff() {
    return cutOff;
  }

  boolean hasZeroedGrains() {
    return map.hasZeroedGrains();
  }

  /** Forgets what a grain holds: its entry becomes another, if it is stored. */
  void forget(long number, long cleared) throws IOException {
    long entry = tables.entry(number);
    if (GrainMap.isStored(entry)) {
      tables.set(number, cleared);
      allocator.free(entry << ExtentLine.SECTOR_BITS);
    }
  }

  /** Records that what a grain holds was copied to another place. */
  void move(long number, long position) throws IOException {
    tables.hold(number);
    forget(number, position >>> ExtentLine.SECTOR_BITS);
  }

  /**
   * Leaves the extent marked as being written when it is closed, as there may be places without an
   * owner.
   */
  void keepMark() {
    leaks = true;
  }

  /** Goes on with longer directories. */
  void directoriesMoved(long[] positions, long count) {
    // These entries were written without the pages.
    pages().settle();
    tables.moved(positions, count);
    nextEpoch();
  }

  /** Goes on with fewer tables; the places of the others are free. */
  void tablesCut(long count) throws IOException {
    tables.cut(count);
    scan(true);
  }

  /** Makes all that was written to the extent durable. */
  void barrier(WriteStep step) throws IOException {
    barriers().after(step);
  }

  Storage storage() {
    return storage;
  }

  ExtentFields fields() {
    return fields;
  }

  GrainMap map() {
    return map;
  }

  GrainTables tables() {
    return tables;
  }

  GrainAllocator allocator() {
    return allocator;
  }

  // Durability

  @Override
  protected boolean hasUnwrittenCounts() {
    return allocator.end() != recordedEnd;
  }

  @Override
  protected void writeCounts() throws IOException {
    recordEnd();
  }

  private void recordEnd() throws IOException {
    if (allocator.end() != recordedEnd) {
      fields.end(allocator.end());
      recordedEnd = allocator.end();
    }
  }

  @Override
  protected void settleFreed() throws IOException {
    allocator.settleFreed();
  }

  /** Ends writing: makes everything durable, and cuts off what is not used. */
  @Override
  public void finish() throws IOException {
    if (!marked) {
      return;
    }
    flush();
    allocator.trim();
    recordEnd();
    barriers().after(WriteStep.CUT);
    if (!leaks) {
      // If this does not become durable, the next writer reads the tables needlessly.
      fields.unclean(false);
    }
  }
}
