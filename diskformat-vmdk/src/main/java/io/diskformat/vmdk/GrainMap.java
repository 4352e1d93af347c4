package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.layer.GuestMap;
import io.diskformat.layer.Location;
import io.diskformat.storage.Storage;
import io.diskformat.table.MappedTable;
import io.diskformat.table.MetadataPages;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a hosted sparse or a COWD extent: guest offset, grain directory, grain table.
 *
 * <pre>
 * grain directory: an entry of 32 bits, the lowest byte first, for each grain table
 *
 *   0      no such table: as if all of its entries were 0
 *   else   the sector where the table begins
 *
 * grain table: an entry of 32 bits for each grain, as many as the header says (COWD: 4096)
 *
 *   0      not stored: reads as the parent has it, or as zeroes
 *   1      reads as zeroes, whatever the parent has; only where the header allows it
 *   else   the sector where the grain begins, or its record if it is compressed
 * </pre>
 */
final class GrainMap extends GuestMap {
  /** An entry: the grain is not stored. */
  static final long NONE = 0;

  /** An entry: the grain reads as zeroes. */
  static final long ZEROED = 1;

  /** Log2 of the size of an entry in bytes. */
  static final int ENTRY_BITS = 2;

  private final Storage storage;
  private final MappedTable directory;
  private final MappedTable tables;
  private final Layout layout;
  private final @Nullable GrainStreams streams;

  /**
   * Changes only when the extent is resized. Not volatile: a reader beside a writer looks at the
   * writer's epoch before and after, which changes then, too.
   */
  private long directoryPosition;

  /** The fields of the layout that each lookup needs. */
  private final int grainBits;

  private final int tableBits;
  private final long grainMask;
  private final long tableMask;

  /**
   * Where tables are, and how large.
   *
   * @param directoryPosition where the grain directory begins in the file, in bytes
   * @param grainBits log2 of the size of a grain in bytes
   * @param tableBits log2 of how many entries a grain table has
   * @param zeroedGrains whether an entry may say that its grain reads as zeroes
   */
  record Layout(long directoryPosition, int grainBits, int tableBits, boolean zeroedGrains) {}

  /**
   * Creates a map.
   *
   * @param streams reads grains that are compressed, null if none are
   */
  GrainMap(Storage storage, Layout layout, @Nullable GrainStreams streams) {
    this(storage, layout, streams, null);
  }

  /**
   * Creates the map of an extent that is written.
   *
   * @param pages in which its tables are changed
   */
  static GrainMap writable(Storage storage, Layout layout, MetadataPages pages) {
    return new GrainMap(storage, layout, null, pages);
  }

  private GrainMap(
      Storage storage,
      Layout layout,
      @Nullable GrainStreams streams,
      @Nullable MetadataPages pages) {
    super(1L << layout.grainBits(), 1L << layout.grainBits());
    this.storage = storage;
    this.directory = new MappedTable(storage, pages, "grain directory entry");
    this.tables = new MappedTable(storage, pages, "grain table entry");
    this.layout = layout;
    this.streams = streams;
    this.directoryPosition = layout.directoryPosition();
    this.grainBits = layout.grainBits();
    this.tableBits = layout.tableBits();
    this.grainMask = (1L << grainBits) - 1;
    this.tableMask = (1L << tableBits) - 1;
  }

  /** Returns whether an entry says where a grain is stored. */
  static boolean isStored(long entry) {
    return entry > ZEROED;
  }

  /** Returns where the grain directory begins in the file, in bytes. */
  long directoryPosition() {
    return directoryPosition;
  }

  /** Goes on with a longer grain directory, which begins at a position in bytes. */
  void directoryMoved(long position) {
    directoryPosition = position;
  }

  /** Returns log2 of the size of a grain in bytes. */
  int grainBits() {
    return grainBits;
  }

  /** Returns log2 of how many entries a grain table has. */
  int tableBits() {
    return tableBits;
  }

  /** Returns how many entries a grain table has. */
  long tableEntries() {
    return 1L << tableBits;
  }

  /** Returns whether an entry may say that its grain reads as zeroes. */
  boolean hasZeroedGrains() {
    return layout.zeroedGrains();
  }

  /** Returns the entry of a grain. Unfenced. */
  long entry(long grain) throws IOException {
    long table = table(grain);
    return table == 0 ? NONE : tables.littleEndianInt(entryPosition(table, grain));
  }

  private long entryPosition(long table, long grain) {
    return (table << ExtentLine.SECTOR_BITS) + ((grain & tableMask) << ENTRY_BITS);
  }

  @Override
  public long locate(long offset) throws IOException {
    long grain = offset >>> grainBits;
    long table = table(grain);
    if (table == 0) {
      return Location.of(Location.HOLE);
    }
    long position = entryPosition(table, grain);
    long entry = tables.littleEndianInt(position);
    if (isStored(entry)) {
      return streams == null
          ? Location.of(Location.DATA, (entry << ExtentLine.SECTOR_BITS) + (offset & grainMask))
          : Location.compressed(GrainStreams.descriptor(grain, entry));
    }
    if (entry == NONE) {
      return Location.of(Location.HOLE);
    }
    if (!layout.zeroedGrains()) {
      throw new CorruptImageException(
          storage.name(),
          "grain table entry",
          position,
          "says that grain " + grain + " is zeroed, which the header does not allow");
    }
    return Location.of(Location.ZERO);
  }

  private long table(long grain) throws IOException {
    return directory.littleEndianInt(directoryPosition + (grain >>> tableBits << ENTRY_BITS));
  }

  @Override
  public long holeLength(long offset) throws IOException {
    if (table(offset >>> grainBits) != 0) {
      return super.holeLength(offset);
    }
    long coverage = 1L << (grainBits + tableBits);
    return coverage - (offset & coverage - 1);
  }

  @Override
  public void decompress(long location, MemorySegment target) throws IOException {
    streams().read(Location.descriptor(location), target);
  }

  @Override
  public long streamPosition(long location) {
    return GrainStreams.position(Location.descriptor(location));
  }

  /** As if each were stored plain: those that follow each other then are one run. */
  @Override
  public long streamLength(long location) {
    return compressedUnit();
  }

  private GrainStreams streams() {
    if (streams == null) {
      throw new IllegalStateException(storage.name() + ": no compressed grains");
    }
    return streams;
  }

  @Override
  public long storedLength(long location) throws IOException {
    return streams().recordLength(Location.descriptor(location));
  }

  @Override
  public String unitName() {
    return "grain";
  }
}
