package io.diskformat.vdi;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import io.diskformat.layer.BeyondEnd;
import io.diskformat.storage.Storage;
import io.diskformat.table.FreedSpace;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.TableWriter;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Says where an image's blocks may be written, and makes its map durable.
 *
 * <p>The order of a flush, a barrier after each step: guest data, and how many blocks have a place;
 * the block map; and only then are the places free that the map had before. So the map never points
 * to what is not there or not counted. A crash leaves blocks that are counted and not used, and the
 * next writer uses those first.
 *
 * <p>At the end, the last blocks move to where places are free, as an image has none: copies first,
 * then the map, then the count, and then the file is cut.
 */
final class VdiWriter extends TableWriter {
  private static final List<Step> STEPS = List.of(new Step(WriteStep.MAP, BlockMap.ORDER));
  private static final List<Step> MOVES = List.of(new Step(WriteStep.MOVED_MAP, BlockMap.ORDER));

  private final Storage storage;
  private final BlockMap map;
  private final BlockAllocator allocator;
  private final HeaderFields fields;
  private final boolean fixed;
  private final boolean hasParent;
  private final boolean adjacent;
  private final long blockSize;
  private VdiHeader header;
  private long recordedCount;

  /** What this image's modification UUID becomes with the first change. */
  private UUID modification = UUID.randomUUID();

  VdiWriter(Storage storage, VdiHeader header, BlockMap map) throws IOException {
    super(storage, storage, header.blockSize(), WriteStep.DATA_AND_COUNT, STEPS);
    this.storage = storage;
    this.header = header;
    this.map = map;
    this.allocator = new BlockAllocator(storage, map, header);
    this.fields = new HeaderFields(storage, header);
    this.fixed = header.type() == ImageType.FIXED;
    this.hasParent = header.hasParent();
    this.adjacent = header.blockExtra() == 0;
    this.blockSize = header.blockSize();
    this.recordedCount = header.allocatedBlocks();
  }

  @Override
  protected MetadataPages pages() {
    return map.pages();
  }

  @Override
  protected FreedSpace freed() {
    return allocator.freed();
  }

  /** Returns how many bytes the blocks of the file have together. */
  long storedBytes() {
    return allocator.count() * blockSize;
  }

  // Before the first change

  /** Gives the image its new modification UUID, so that no image passes for a difference to it. */
  @Override
  protected void prepare() throws IOException {
    fields.modification(modification);
    barriers().after(WriteStep.MODIFICATION);
  }

  /** Does what comes before the first change, with a given UUID. */
  void beginChange(UUID given) throws IOException {
    modification = given;
    beforeChange();
  }

  // Placing

  @Override
  public long inPlace(long offset) throws IOException {
    long entry = map.entryUnfenced(offset >>> map.blockBits());
    return BlockMap.isStored(entry) ? map.position(entry) + (offset & (blockSize - 1)) : -1;
  }

  /** Throws if a range is beyond the disk, which became smaller while the change was on its way. */
  private void checkWithin(long offset, long blocks) {
    var _ = Objects.checkFromIndexSize(offset >>> map.blockBits(), blocks, map.blocks());
  }

  @Override
  public Placement place(long offset, int clusters) throws IOException {
    checkWithin(offset, clusters);
    return allocator.allocate(offset >>> map.blockBits(), adjacent ? clusters : 1);
  }

  @Override
  protected void abandon(long position, int clusters) {
    allocator.abandon(position, clusters);
  }

  @Override
  protected void hold(long start, long end) throws IOException {
    for (long at = start; at < end; at += blockSize) {
      map.hold(at >>> map.blockBits());
    }
  }

  @Override
  protected void linkCluster(long offset, long start, long end, long position) throws IOException {
    map.set(offset >>> map.blockBits(), map.fileBlock(position));
  }

  // Zeroing and discarding

  @Override
  public boolean zero(long offset, long length) throws IOException {
    return clear(offset, length, BlockMap.ZERO, false);
  }

  @Override
  public boolean discard(long offset, long length) throws IOException {
    // What the parent has must not show again.
    return clear(offset, length, hasParent ? BlockMap.ZERO : BlockMap.FREE, true);
  }

  /**
   * Makes whole blocks read as zeroes; the entries of those that lose their places become {@code
   * cleared}.
   */
  private boolean clear(long offset, long length, long cleared, boolean giveBack)
      throws IOException {
    checkWithin(offset, length >>> map.blockBits());
    for (long at = offset; at < offset + length; at += blockSize) {
      long block = at >>> map.blockBits();
      long entry = map.entryUnfenced(block);
      if (!BlockMap.isStored(entry)) {
        if (hasParent && entry == BlockMap.FREE) {
          map.set(block, BlockMap.ZERO);
        }
      } else if (fixed) {
        // Its blocks keep their places.
        long end = Math.min(map.position(entry) + blockSize, storage.size());
        if (map.position(entry) < end) {
          storage.zero(map.position(entry), end - map.position(entry), giveBack);
        }
      } else {
        map.set(block, cleared);
        allocator.free(block, entry);
      }
    }
    return true;
  }

  /** Forgets what a block holds, as it shows the same without: the disk does not change. */
  void forget(long block, long entry) throws IOException {
    allocator.forget(block, entry);
  }

  // Durability

  @Override
  protected void writeCounts() throws IOException {
    if (allocator.count() > recordedCount) {
      recordCount(allocator.count());
    }
  }

  private void recordCount(long count) throws IOException {
    fields.allocatedBlocks(count);
    recordedCount = count;
  }

  @Override
  protected void settleFreed() throws IOException {
    allocator.settleFreed();
  }

  /**
   * Ends writing: makes everything durable and, if there is room to move blocks, leaves no block of
   * the file free.
   */
  @Override
  public void finish() throws IOException {
    flush();
    BlockMover mover = new BlockMover(storage, map, allocator);
    boolean copied;
    try {
      copied = mover.copyLastBlocks(MoveListener.NONE);
    } catch (IOException e) {
      // On a full host, for example. All that was to be kept is, and the next writer moves them.
      allocator.trim();
      return;
    }
    completeMoves(mover, copied);
  }

  /**
   * Makes everything durable, and leaves no block of the file free; if the listener throws, the
   * image is as a flush leaves it.
   */
  void moveTogether(MoveListener listener) throws IOException {
    flush();
    BlockMover mover = new BlockMover(storage, map, allocator);
    completeMoves(mover, mover.copyLastBlocks(listener));
  }

  private void completeMoves(BlockMover mover, boolean copied) throws IOException {
    try {
      if (copied) {
        barriers().after(WriteStep.MOVED_DATA);
        mover.pointToCopies();
        flushTables(MOVES);
      }
      if (mover.blocksLeft() < recordedCount) {
        // A file that is cut before that is durable has fewer blocks than are counted: as harmless
        // as blocks without an owner.
        recordCount(mover.blocksLeft());
      }
    } catch (IOException e) {
      // Which blocks are free, and how many are counted, is no longer known here.
      barriers().fail(e);
      throw e;
    }
    allocator.shrinkTo(mover.blocksLeft());
    allocator.trim();
  }

  // Resizing

  /**
   * Changes the size of the disk; nothing else runs beside this. What is added reads as zeroes from
   * the first instant at which it is there.
   *
   * @param parent what the disk shows where this image stores nothing, or null
   * @param listener gets the bytes of blocks that move
   * @return the new size in bytes
   */
  long resize(long newSize, @Nullable BlockDevice parent, MoveListener listener)
      throws IOException {
    DiskResize resize = DiskResize.of(storage, map, header, newSize);
    beforeChange();
    cut(newSize);
    if (newSize > header.size()) {
      long shown = map.blocks() * blockSize;
      new BeyondEnd(storage.name(), map, this, storage, header.size(), newSize, shown, parent)
          .makeZero(ProgressListener.NONE);
    }
    moveTogether(listener);
    resize.requireRoom(allocator.count());
    reserveFor(resize);
    try {
      header = resize.run(allocator.count(), fields, barriers(), listener);
    } catch (IOException e) {
      // Where blocks are is no longer known here, though what opens the image anew finds them.
      barriers().fail(e);
      throw e;
    } catch (RuntimeException e) {
      // A listener threw it.
      barriers().fail(new IOException("broken off", e));
      throw e;
    }
    map.replaceBy(header);
    recordedCount = header.allocatedBlocks();
    allocator.moved(header.allocatedBlocks());
    allocator.trim();
    nextEpoch();
    return newSize;
  }

  /** Forgets all blocks that a smaller disk does not have. */
  private void cut(long newSize) throws IOException {
    // If the power is cut before the disk is shorter, what the parent has there must not show.
    long cleared = hasParent ? BlockMap.ZERO : BlockMap.FREE;
    for (long block = header.blocksFor(newSize); block < map.blocks(); block++) {
      if (BlockMap.isStored(map.entry(block))) {
        allocator.forget(block, cleared);
      }
    }
  }

  /** If the host has too little space, nothing has changed and the image goes on being written. */
  private void reserveFor(DiskResize resize) throws IOException {
    boolean reserved = false;
    try {
      resize.reserve(allocator.count());
      reserved = true;
    } finally {
      if (!reserved) {
        allocator.trim();
      }
    }
  }
}
