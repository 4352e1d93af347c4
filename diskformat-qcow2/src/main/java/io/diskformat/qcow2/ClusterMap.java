package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.spi.GuestMap;
import io.diskformat.spi.Location;
import io.diskformat.spi.MetadataPages;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The two-level lookup: guest offset, L1 entry, L2 entry. Section "Cluster mapping" of the
 * specification. Both tables are read where they lie in the mapped file, each time.
 *
 * <p>Bits that the specification reserves are ignored here, as QEMU does, and told by a check.
 */
abstract class ClusterMap extends GuestMap {
  private static final ValueLayout.OfLong BIG_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** A MiB: enough for 64 TiB at the usual cluster size. */
  private static final int MAX_L1_WORDS = 1 << 17;

  /** The bits of an L1 or L2 entry that hold an offset. */
  static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;

  /** L2: the cluster is compressed. */
  static final long COMPRESSED = 1L << 62;

  /** L1 and L2: the refcount is exactly one. */
  static final long COPIED = 1L << 63;

  final Storage tables;
  private final @Nullable MetadataPages pages;

  /**
   * The mapped bytes of an image that is only read; empty if it is written. Kept, since those that
   * the storage hands out may change, so that each lookup would have to ask for them anew.
   */
  private final MemorySegment mapped;

  final int clusterBits;
  final long clusterMask;
  final boolean externalData;
  private volatile L1Table l1;

  /**
   * The L1 table of an image that is only read, if it is small; or null to look it up in the file.
   */
  private final long @Nullable [] l1Words;

  private final int coverageBits;
  private final int entryBits;
  private final ClusterReader compressed;
  private final HostAllocation hostAllocation;

  ClusterMap(
      Qcow2Header header,
      Storage tables,
      @Nullable MetadataPages pages,
      L1Table l1,
      ClusterReader compressed,
      HostAllocation hostAllocation,
      long unit)
      throws IOException {
    super(unit, header.clusterSize());
    this.tables = tables;
    this.pages = pages;
    this.mapped = pages == null ? tables.mapped() : MemorySegment.NULL;
    this.clusterBits = header.clusterBits();
    this.clusterMask = header.clusterSize() - 1L;
    this.externalData = header.has(Qcow2Header.EXTERNAL_DATA);
    this.l1 = l1;
    this.l1Words = pages == null ? words(tables, l1) : null;
    this.coverageBits = header.l2CoverageBits();
    this.entryBits = header.has(Qcow2Header.EXTENDED_L2) ? 4 : 3;
    this.compressed = compressed;
    this.hostAllocation = hostAllocation;
  }

  /**
   * Returns the map of a disk or snapshot of an image.
   *
   * @param pages where tables are changed, or null if they are not
   */
  static ClusterMap of(
      Qcow2Header header,
      Storage tables,
      @Nullable MetadataPages pages,
      L1Table l1,
      ClusterReader compressed,
      HostAllocation hostAllocation)
      throws IOException {
    return header.has(Qcow2Header.EXTENDED_L2)
        ? new SubclusterMap(header, tables, pages, l1, compressed, hostAllocation)
        : new StandardMap(header, tables, pages, l1, compressed, hostAllocation);
  }

  /** Returns where the L2 entry of a guest offset is in the file, or 0 if there is no L2 table. */
  final long entryPosition(long offset) throws IOException {
    long index = offset >>> coverageBits;
    long[] words = l1Words;
    long table = words != null && index < words.length ? words[(int) index] : l1Word(index);
    table &= OFFSET_MASK;
    if (table == 0) {
      return 0;
    }
    if ((table & clusterMask) != 0) {
      throw misplacedTable(index, table);
    }
    long withinTable = (offset >>> clusterBits) & (clusterMask >>> entryBits);
    return table + (withinTable << entryBits);
  }

  private long l1Word(long index) throws IOException {
    L1Table l1 = this.l1;
    return index >= l1.entries() ? 0 : entry(l1.offset() + (index << 3));
  }

  private CorruptImageException misplacedTable(long index, long table) {
    return corrupt(
        "L1 table",
        l1.offset(),
        "entry " + index + " points to " + table + ", not to the start of a cluster");
  }

  /** A small table is read once and for all, so that a lookup touches the file only once. */
  private static long @Nullable [] words(Storage tables, L1Table l1) throws IOException {
    long available = Math.clamp((tables.size() - l1.offset()) >> 3, 0, l1.entries());
    if (l1.entries() > MAX_L1_WORDS || available < l1.entries()) {
      return null;
    }
    long[] words = new long[l1.entries()];
    MemorySegment bytes = MemorySegment.ofArray(new byte[words.length << 3]);
    tables.read(l1.offset(), bytes);
    for (int i = 0; i < words.length; i++) {
      words[i] = bytes.get(BIG_ENDIAN_LONG, (long) i << 3);
    }
    return words;
  }

  /** Returns where the L1 entry of a guest offset is in the file. */
  final long l1EntryPosition(long offset) {
    return l1.offset() + (offset >>> coverageBits << 3);
  }

  final L1Table l1() {
    return l1;
  }

  /** Makes a longer L1 table with the same entries the one that is looked up. */
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

  /** Returns where a byte is stored if its place is this disk's alone, or -1. */
  abstract long owned(long offset) throws IOException;

  /** Returns the 64-bit table entry at a position of the file. */
  final long entry(long position) throws IOException {
    MemorySegment segment = mapped;
    return position <= segment.byteSize() - Long.BYTES
        ? segment.get(BIG_ENDIAN_LONG, position)
        : entryElsewhere(position);
  }

  /** An entry that may have been changed, or is not mapped. */
  private long entryElsewhere(long position) throws IOException {
    try {
      return pages == null ? tables.readLongUnfenced(position) : pages.read(position);
    } catch (EOFException e) {
      throw new CorruptImageException(
          tables.name(),
          "table of clusters",
          position & ~clusterMask,
          "is beyond the end of the file, which has " + tables.size() + " bytes: was it cut short?",
          e);
    }
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
  public final void decompress(long offset, byte[] target) throws IOException {
    compressed.read(entry(entryPosition(offset)), target);
  }

  @Override
  public final boolean expectsHostHoles() throws IOException {
    return hostAllocation.isSparse();
  }

  /** Packs the location of a compressed cluster: its stream's first byte stands for it. */
  final long compressedAt(long entry, long entryPosition) throws IOException {
    if (externalData) {
      throw corrupt(
          "L2 table",
          entryPosition & ~clusterMask,
          "a compressed cluster in an image with an external data file");
    }
    return Location.of(Location.COMPRESSED, compressed.position(entry));
  }

  /** Returns the location of a byte whose cluster is at {@code cluster} of the data file. */
  final long placed(int kind, long cluster, long offset, long entryPosition) throws IOException {
    if ((cluster & clusterMask) != 0) {
      throw corrupt(
          "L2 table",
          entryPosition & ~clusterMask,
          "the entry of disk offset "
              + (offset & ~clusterMask)
              + " points to "
              + cluster
              + ", not to the start of a cluster");
    }
    if (externalData && cluster != (offset & ~clusterMask)) {
      throw corrupt(
          "L2 table",
          entryPosition & ~clusterMask,
          "the entry of disk offset "
              + (offset & ~clusterMask)
              + " points to "
              + cluster
              + " of the external data file, not to the same offset");
    }
    return Location.of(kind, cluster + (offset & clusterMask));
  }

  final CorruptImageException corrupt(String structure, long position, String problem) {
    return new CorruptImageException(tables.name(), structure, position, problem);
  }
}
