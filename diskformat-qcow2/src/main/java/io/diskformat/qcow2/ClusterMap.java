package io.diskformat.qcow2;

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
 * The two-level lookup: offset, L1 entry, L2 entry. Section "Cluster mapping" of the specification.
 * Both tables are read where they lie in the mapped file, each time.
 *
 * <p>Bits that the specification reserves are ignored here, as QEMU does, and reported by a check.
 */
abstract sealed class ClusterMap extends GuestMap permits StandardMap, SubclusterMap {
  private static final long[] NONE = {};

  final Storage tables;
  private final MappedTable l1Tables;
  private final MappedTable l2Tables;
  final int clusterBits;
  final long clusterMask;
  final boolean externalData;
  private volatile L1Table l1;

  /**
   * The positions of the L2 tables, if the image is only read and its L1 table is small; 0 for a
   * table that is not mapped as a whole, which is looked up.
   */
  private final long[] mappedTables;

  private final int coverageBits;
  private final int entryBits;

  /**
   * The bits of an offset, shifted right by {@link #entryShift}, that say how many bytes into the
   * L2 table its entry is.
   */
  private final long entryMask;

  private final int entryShift;
  private final ClusterReader compressed;
  private final HostAllocation hostAllocation;

  /**
   * Creates a map.
   *
   * @param unit the length of what the map says one thing of, in bytes: a cluster or subcluster
   */
  ClusterMap(MapSource source, long size, L1Table l1, long unit) throws IOException {
    super(unit, source.header().clusterSize());
    Qcow2Header header = source.header();
    MetadataPages pages = source.pages();
    this.tables = source.tables();
    this.l1Tables = new MappedTable(tables, pages, "L1 table entry");
    this.l2Tables = new MappedTable(tables, pages, "L2 table entry");
    this.clusterBits = header.clusterBits();
    this.clusterMask = header.clusterSize() - 1L;
    this.externalData = header.has(Qcow2Header.EXTERNAL_DATA);
    this.l1 = l1;
    this.coverageBits = header.l2CoverageBits();
    this.entryBits = header.l2EntryBits();
    this.entryShift = clusterBits - entryBits;
    this.entryMask = clusterMask & -1L << entryBits;
    // The index of a table is a number of 32 bits there.
    boolean isSmall = size >>> coverageBits < Integer.MAX_VALUE;
    this.mappedTables = pages == null && isSmall ? mappedTables(l1.words(tables)) : NONE;
    this.compressed = source.compressed();
    this.hostAllocation = source.hostAllocation();
  }

  /** Returns the map of an image's disk. */
  static ClusterMap of(MapSource source) throws IOException {
    return of(source, source.header().size(), source.header().l1());
  }

  /**
   * Returns the map of an image's disk or snapshot.
   *
   * @param size of the disk, in bytes; unless tables are changed, no offset beyond it is looked up
   */
  static ClusterMap of(MapSource source, long size, L1Table l1) throws IOException {
    return source.header().has(Qcow2Header.EXTENDED_L2)
        ? new SubclusterMap(source, size, l1)
        : new StandardMap(source, size, l1);
  }

  /** Judges each L1 entry once, so that a lookup need not. */
  private long[] mappedTables(long @Nullable [] words) {
    if (words == null) {
      return NONE;
    }
    long last = l2Tables.mappedSize() - clusterMask - 1;
    for (int i = 0; i < words.length; i++) {
      long table = L1Entry.table(words[i]);
      words[i] = (table & clusterMask) == 0 && table <= last ? table : 0;
    }
    return words;
  }

  /**
   * Returns the position of the L2 entry of an offset if it is known to be mapped, or else 0. Each
   * instruction counts in a lookup, and this one leaves out what was checked before; also, the JIT
   * compiler makes of a comparison of numbers of 32 bits the array's own check of its bounds.
   */
  final long mappedEntryPosition(long offset) {
    int index = (int) (offset >>> coverageBits);
    long[] known = mappedTables;
    long table = index >= 0 && index < known.length ? known[index] : 0;
    return table == 0 ? 0 : table + (offset >>> entryShift & entryMask);
  }

  /** Returns the position of the L2 entry of an offset, or 0 if there is no L2 table. */
  final long entryPosition(long offset) throws IOException {
    long mapped = mappedEntryPosition(offset);
    if (mapped != 0) {
      return mapped;
    }
    long index = offset >>> coverageBits;
    long table = L1Entry.table(l1Word(index));
    if (table == 0) {
      return 0;
    }
    if ((table & clusterMask) != 0) {
      throw misplacedTable(index, table);
    }
    return table + (offset >>> entryShift & entryMask);
  }

  private long l1Word(long index) throws IOException {
    L1Table l1 = this.l1;
    return index >= l1.entries() ? 0 : l1Entry(l1.entryPosition(index));
  }

  private CorruptImageException misplacedTable(long index, long table) {
    return corrupt(
        "L1 table",
        l1.position(),
        "entry " + index + " points to " + table + ", not to the start of a cluster");
  }

  /** Returns the position of the L1 entry of an offset. */
  final long l1EntryPosition(long offset) {
    return l1.entryPosition(offset >>> coverageBits);
  }

  final L1Table l1() {
    return l1;
  }

  /** Replaces the L1 table by a longer one that begins with the same entries. */
  final void replaceL1(L1Table longer) {
    l1 = longer;
  }

  /** Returns how many bytes of the disk one L2 table covers. */
  final long coverage() {
    return 1L << coverageBits;
  }

  /** Returns the size of an L2 entry in bytes. */
  final int entrySize() {
    return 1 << entryBits;
  }

  /** Returns the position of a byte if its place is this disk's alone, or -1. */
  abstract long owned(long offset) throws IOException;

  /** Returns the L1 entry at a position of the file. */
  final long l1Entry(long position) throws IOException {
    return l1Tables.bigEndianLong(position);
  }

  /** As {@link #entry}, at what {@link #mappedEntryPosition} returned. */
  final long mappedEntry(long position) {
    return l2Tables.mappedBigEndianLong(position);
  }

  /** Returns the L2 entry, or the bitmap after it, at a position of the file. */
  final long entry(long position) throws IOException {
    return l2Tables.bigEndianLong(position);
  }

  /** Returns the entries of an L2 table, without the bitmaps of extended ones. */
  final long[] entries(long table) throws IOException {
    long[] entries = new long[1 << (clusterBits - entryBits)];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = entry(table + ((long) i << entryBits));
    }
    return entries;
  }

  @Override
  public final long holeLength(long offset) throws IOException {
    if (offset >>> coverageBits >= l1.entries()) {
      // A snapshot's disk may go on for long after its L1 table.
      return Long.MAX_VALUE;
    }
    if (entryPosition(offset) != 0) {
      return super.holeLength(offset);
    }
    long coverage = 1L << coverageBits;
    return coverage - (offset & coverage - 1);
  }

  @Override
  public final void decompress(long location, MemorySegment target) throws IOException {
    compressed.read(Location.descriptor(location), target);
  }

  @Override
  public final long streamPosition(long location) throws IOException {
    return compressed.position(Location.descriptor(location));
  }

  @Override
  public final long streamLength(long location) throws IOException {
    long descriptor = Location.descriptor(location);
    return compressed.end(descriptor) - compressed.position(descriptor);
  }

  @Override
  public final String unitName() {
    return "cluster";
  }

  @Override
  public final boolean expectsHostHoles() throws IOException {
    return hostAllocation.isSparse();
  }

  /** Packs the location of a compressed cluster: all that its L2 entry says of it. */
  final long compressedAt(long entry, long entryPosition) throws IOException {
    if (externalData) {
      throw corrupt(
          "L2 table",
          entryPosition & ~clusterMask,
          "a compressed cluster in an image with an external data file");
    }
    return Location.compressed(compressed.descriptor(entry));
  }

  /** Returns whether a cluster that is not compressed has a place. */
  final boolean hasPlace(long entry) {
    // Position 0 is the header's, so it means none, except in a data file without a header.
    return L2Entry.place(entry) != 0 || (externalData && L2Entry.isCopied(entry));
  }

  /** Returns the position of a byte of a cluster if its place is this disk's alone, or -1. */
  final long ownedAt(long entry, long offset, long entryPosition) throws IOException {
    return L2Entry.isOwned(entry) && hasPlace(entry)
        ? Location.position(placed(Location.DATA, L2Entry.place(entry), offset, entryPosition))
        : -1;
  }

  /** Returns the location of a byte whose cluster is at {@code cluster} of the data file. */
  final long placed(int kind, long cluster, long offset, long entryPosition) throws IOException {
    boolean misplaced = externalData && cluster != (offset & ~clusterMask);
    if (misplaced || (cluster & clusterMask) != 0) {
      throw corrupt(
          "L2 table",
          entryPosition & ~clusterMask,
          "the entry of disk offset "
              + (offset & ~clusterMask)
              + " points to "
              + cluster
              + ((cluster & clusterMask) != 0
                  ? ", not to the start of a cluster"
                  : " of the external data file, not to the same offset"));
    }
    return Location.of(kind, cluster + (offset & clusterMask));
  }

  final CorruptImageException corrupt(String structure, long position, String problem) {
    return new CorruptImageException(tables.name(), structure, position, problem);
  }
}
