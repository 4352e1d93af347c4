package io.diskformat.vdi;

import io.diskformat.CorruptImageException;
import io.diskformat.layer.GuestMap;
import io.diskformat.layer.Location;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import io.diskformat.table.MappedTable;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.Word;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The block map of an image, its only table: the entry of each block of the disk says which block
 * of the file holds it.
 *
 * <pre>
 * block map: one entry of 32 bits, the lowest byte first, for each block of the disk
 *
 *   0 to 0xfffffffd   a block of the file, by its number, less than the header's allocated blocks
 *   0xfffffffe        no place: reads as zeroes, whatever the parent has
 *   0xffffffff        no place: reads as the parent has it, or as zeroes
 *
 * block of the file number n, from where the header says that data begins, plus n strides
 *
 *   offset  size
 *   0       extra         what the header says precedes each block's data; usually nothing
 *   extra   block size    the data
 * </pre>
 */
final class BlockMap extends GuestMap {
  /** An entry: the block has no place here. */
  static final long FREE = 0xffff_ffffL;

  /** An entry: the block has no place, and reads as zeroes whatever the parent has. */
  static final long ZERO = 0xffff_fffeL;

  /** Log2 of the size of an entry in bytes. */
  static final int ENTRY_BITS = 2;

  /** The order of all pages: there is only one table. */
  static final int ORDER = 0;

  /** The most entries that are written at once. */
  private static final int MOST_WRITTEN = 1 << 18;

  private static final String STRUCTURE = "block map entry";

  /**
   * Where map and blocks are. Immutable, so that a reader sees both of one time.
   *
   * @param limit entries less than this are blocks of the file
   * @param pages in which the map is changed; null if it is not
   * @param table reads the entries
   */
  record Layout(
      long mapPosition,
      long dataPosition,
      long blocks,
      long limit,
      @Nullable MetadataPages pages,
      MappedTable table) {

    static Layout of(Storage storage, VdiHeader header, long limit, @Nullable MetadataPages pages) {
      return new Layout(
          header.mapPosition(),
          header.dataPosition(),
          header.blocks(),
          limit,
          pages,
          new MappedTable(storage, pages, STRUCTURE));
    }

    /** Returns where the entry of a block of the disk is in the file. */
    long entryPosition(long block) {
      return mapPosition + (block << ENTRY_BITS);
    }
  }

  private final Storage storage;
  private final int blockBits;
  private final long blockMask;
  private final long blockExtra;
  private final long stride;

  /**
   * Changes only when the disk is resized. Not volatile: a reader beside a writer looks at the
   * writer's epoch before and after, which changes then, too.
   */
  private Layout layout;

  private BlockMap(Storage storage, VdiHeader header, Layout layout) {
    super(header.blockSize(), header.blockSize());
    this.storage = storage;
    this.blockBits = Long.numberOfTrailingZeros(header.blockSize());
    this.blockMask = header.blockSize() - 1;
    this.blockExtra = header.blockExtra();
    this.stride = header.stride();
    this.layout = layout;
  }

  /** Returns the map of an image that is only read. */
  static BlockMap readOnly(Storage storage, VdiHeader header) {
    return new BlockMap(
        storage, header, Layout.of(storage, header, header.allocatedBlocks(), null));
  }

  /** Returns the map of an image that is written. */
  static BlockMap writable(Storage storage, VdiHeader header) {
    return new BlockMap(storage, header, writableLayout(storage, header));
  }

  private static Layout writableLayout(Storage storage, VdiHeader header) {
    MetadataPages pages =
        new MetadataPages(storage, Word.LITTLE_ENDIAN_32, header.mapPosition(), header.mapEnd());
    // The entries in the file were checked before; larger ones may be added.
    return Layout.of(storage, header, ZERO, pages);
  }

  /** Switches to the map that another header of the same image describes. */
  void replaceBy(VdiHeader header) {
    layout = writableLayout(storage, header);
  }

  /** Returns the pages in which the map of a writable image is changed. */
  MetadataPages pages() {
    MetadataPages pages = layout.pages;
    if (pages == null) {
      throw new IllegalStateException(storage.name() + ": not writable");
    }
    return pages;
  }

  /** Returns whether an entry is the number of a block of the file. */
  static boolean isStored(long entry) {
    return entry < ZERO;
  }

  /** Returns how many blocks the disk has. */
  long blocks() {
    return layout.blocks;
  }

  /** Returns log2 of the size of a block in bytes. */
  int blockBits() {
    return blockBits;
  }

  /** Returns the entry of a block of the disk. */
  long entry(long block) throws IOException {
    try {
      try {
        return entryUnfenced(block);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, storage, "reading the block map");
    }
  }

  /** As {@link #entry}, for callers that follow the protocol of {@link Faults} themselves. */
  long entryUnfenced(long block) throws IOException {
    return entry(layout, block);
  }

  private long entry(Layout layout, long block) throws IOException {
    if (block >= layout.blocks) {
      // A lookup of the last block may come while the disk is being made smaller.
      return FREE;
    }
    return layout.table.littleEndianInt(layout.entryPosition(block));
  }

  /** Keeps the entry of a block of the disk in memory, so that changing it cannot fail. */
  void hold(long block) throws IOException {
    pages().hold(layout.entryPosition(block), ORDER);
  }

  /** Changes the entry of a block of the disk. */
  void set(long block, long entry) throws IOException {
    pages().write(layout.entryPosition(block), entry, ORDER);
  }

  /** Says the entry of each block of the disk. */
  @FunctionalInterface
  interface Entries {
    long of(long block) throws IOException;
  }

  /**
   * Writes the entries of the blocks {@code from} to {@code to} of the disk to the file, as a part
   * of a map that is not in force yet.
   *
   * @param position where the map begins in the file, in bytes
   */
  static void write(Storage storage, long position, long from, long to, Entries entries)
      throws IOException {
    for (long first = from; first < to; first += MOST_WRITTEN) {
      int count = (int) Math.min(MOST_WRITTEN, to - first);
      ByteBuffer piece = ByteBuffer.allocate(count << ENTRY_BITS).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        piece.putInt((int) entries.of(first + i));
      }
      storage.write(position + (first << ENTRY_BITS), MemorySegment.ofBuffer(piece.flip()));
    }
  }

  /** Returns where the data of a block of the file begins, in bytes. */
  long position(long fileBlock) {
    return layout.dataPosition + fileBlock * stride + blockExtra;
  }

  /** Returns the block of the file whose data begins at a position. */
  long fileBlock(long position) {
    return (position - blockExtra - layout.dataPosition) / stride;
  }

  @Override
  public long locate(long offset) throws IOException {
    Layout layout = this.layout;
    long entry = entry(layout, offset >>> blockBits);
    if (entry < layout.limit) {
      return Location.of(
          Location.DATA, layout.dataPosition + entry * stride + blockExtra + (offset & blockMask));
    }
    if (isStored(entry)) {
      long block = offset >>> blockBits;
      throw beyond(storage.name(), layout.entryPosition(block), block, entry, layout.limit);
    }
    return Location.of(entry == ZERO ? Location.ZERO : Location.HOLE);
  }

  /** Returns the exception for an entry of a block that the header does not count. */
  static CorruptImageException beyond(
      String image, long position, long block, long entry, long count) {
    return new CorruptImageException(
        image,
        STRUCTURE,
        position,
        "says block "
            + entry
            + " of the file for block "
            + block
            + " of the disk, but only "
            + count
            + " are stored");
  }

  @Override
  public String unitName() {
    return "block";
  }
}
