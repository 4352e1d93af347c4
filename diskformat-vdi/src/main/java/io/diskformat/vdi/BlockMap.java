package io.diskformat.vdi;

import io.diskformat.CorruptImageException;
import io.diskformat.spi.GuestMap;
import io.diskformat.spi.Location;
import io.diskformat.spi.MetadataPages;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** The one table of an image: for each block of the disk, which block of the file it is. */
final class BlockMap extends GuestMap {
  /** An entry: the block has no place here. */
  static final long FREE = 0xffff_ffffL;

  /** An entry: the block has no place, and reads as zeroes whatever the parent has. */
  static final long ZERO = 0xffff_fffeL;

  /** The only order of pages: there is but one table. */
  static final int ORDER = 0;

  private static final ValueLayout.OfInt LITTLE_ENDIAN_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * Where map and blocks are. Immutable, so that a reader sees them as they belong together.
   *
   * @param limit what is less than that is a block of the file
   * @param pages in which the map is changed; null if it is not
   * @param mapped the mapped bytes of an image that is only read, which are kept so that a lookup
   *     need not ask for them; empty if it is written
   */
  record Layout(
      long mapOffset,
      long dataOffset,
      long blocks,
      long limit,
      @Nullable MetadataPages pages,
      MemorySegment mapped) {}

  private final Storage storage;
  private final int blockBits;
  private final long blockMask;
  private final long blockExtra;
  private final long stride;

  /**
   * Changes only when the disk is resized. Not volatile: who reads beside a writer looks at the
   * writer's epoch before and after, and that changes then, too.
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
        storage,
        header,
        new Layout(
            header.mapOffset(),
            header.dataOffset(),
            header.blocks(),
            header.allocatedBlocks(),
            null,
            storage.mapped()));
  }

  /** Returns the map of an image that is written. */
  static BlockMap writable(Storage storage, VdiHeader header) {
    return new BlockMap(storage, header, writableLayout(storage, header));
  }

  private static Layout writableLayout(Storage storage, VdiHeader header) {
    MetadataPages pages =
        new MetadataPages(
            storage, MetadataPages.Word.LITTLE_ENDIAN_32, header.mapOffset(), header.mapEnd());
    // Those that were there were checked before, and more may come.
    return new Layout(
        header.mapOffset(), header.dataOffset(), header.blocks(), ZERO, pages, MemorySegment.NULL);
  }

  /** Makes the map that another header of the same image describes the one that is looked up. */
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

  /** As {@link #entry}, for callers that keep {@link Faults}' protocol themselves. */
  long entryUnfenced(long block) throws IOException {
    return entry(layout, block);
  }

  private long entry(Layout layout, long block) throws IOException {
    if (block >= layout.blocks) {
      // Of the disk's last block, while it is being made smaller.
      return FREE;
    }
    long position = layout.mapOffset + (block << 2);
    MemorySegment mapped = layout.mapped;
    return position <= mapped.byteSize() - Integer.BYTES
        ? Integer.toUnsignedLong(mapped.get(LITTLE_ENDIAN_INT, position))
        : entryElsewhere(layout, position);
  }

  /** An entry that may have been changed, or is not mapped. */
  private long entryElsewhere(Layout layout, long position) throws IOException {
    try {
      MetadataPages pages = layout.pages;
      return pages != null
          ? pages.read(position)
          : Integer.toUnsignedLong(storage.readLittleEndianIntUnfenced(position));
    } catch (EOFException e) {
      throw new CorruptImageException(
          storage.name(),
          "block map",
          layout.mapOffset,
          "is beyond the end of the file, which has "
              + storage.size()
              + " bytes: was it cut short?",
          e);
    }
  }

  /** Has the entry of a block of the disk in memory, so that to change it cannot fail. */
  void hold(long block) throws IOException {
    pages().hold(layout.mapOffset + (block << 2), ORDER);
  }

  /** Changes the entry of a block of the disk. */
  void set(long block, long entry) throws IOException {
    pages().write(layout.mapOffset + (block << 2), entry, ORDER);
  }

  /** Returns where the data of a block of the file begins, in bytes. */
  long position(long fileBlock) {
    return layout.dataOffset + fileBlock * stride + blockExtra;
  }

  /** Returns the block of the file whose data begins at a position. */
  long fileBlock(long position) {
    return (position - blockExtra - layout.dataOffset) / stride;
  }

  @Override
  public long locate(long offset) throws IOException {
    Layout layout = this.layout;
    long entry = entry(layout, offset >>> blockBits);
    if (entry < layout.limit) {
      return Location.of(
          Location.DATA, layout.dataOffset + entry * stride + blockExtra + (offset & blockMask));
    }
    if (entry < ZERO) {
      throw beyondLimit(layout, offset >>> blockBits, entry);
    }
    return Location.of(entry == ZERO ? Location.ZERO : Location.HOLE);
  }

  private CorruptImageException beyondLimit(Layout layout, long block, long entry) {
    return new CorruptImageException(
        storage.name(),
        "block map",
        layout.mapOffset + (block << 2),
        "says block "
            + entry
            + " of the file for block "
            + block
            + " of the disk, but only "
            + layout.limit
            + " are stored");
  }

  @Override
  public void decompress(long offset, byte[] target) {
    throw new IllegalStateException("a VDI image has no compressed blocks");
  }
}
