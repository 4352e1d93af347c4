package io.diskformat.vdi;

import io.diskformat.BlockDevice;
import io.diskformat.ImageClosedException;
import io.diskformat.spi.MapWriter;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Says where an image's blocks may be written, and makes its map durable.
 *
 * <p>The order of a flush, a barrier after each step: guest data, and how many blocks have a place;
 * the block map; and only then are the places free that the map had before. So the map never points
 * to what is not there or not counted. What a crash leaves is blocks that are counted and not used,
 * and the next writer uses those first.
 *
 * <p>At the end, the last blocks move to where places are free, as an image has none: copies first,
 * then the map, then the count, and then the file is cut.
 */
final class VdiWriter extends MapWriter {
  private static final long MAX_CHANGED_BYTES = 16 << 20;
  private static final int MAX_FREED = 1 << 16;

  /** For the test that shows that each barrier is needed: the step after which none is made. */
  static volatile @Nullable Step withoutBarrier;

  /** What a barrier comes after. */
  enum Step {
    MODIFICATION,
    DATA_AND_COUNT,
    MAP,
    MOVED_DATA,
    MOVED_MAP,
    LONGER_MAP,
    VACATING_DATA,
    VACATING_MAP,
    NEW_MAP,
    LAYOUT
  }

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
    super(storage.name());
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

  /** Returns how many bytes the blocks of the file have together. */
  long storedBytes() {
    return allocator.count() * blockSize;
  }

  // Before the first change

  /** Before anything changes, so that no image passes for a difference to what this one was. */
  @Override
  protected void prepare() throws IOException {
    fields.modification(modification);
    barrier(Step.MODIFICATION);
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
    return entry < BlockMap.ZERO ? map.position(entry) + (offset & (blockSize - 1)) : -1;
  }

  @Override
  public Placement place(long offset, int clusters) throws IOException {
    BlockAllocator.Run run =
        allocator.allocate(offset >>> map.blockBits(), adjacent ? clusters : 1);
    return new Placement(map.position(run.first()), run.count(), true, true);
  }

  @Override
  public void abandon(Placement placement) throws IOException {
    allocator.abandon(map.fileBlock(placement.position()), placement.clusters());
  }

  @Override
  public void link(long offset, long length, long clusterOffset, Placement placement)
      throws IOException {
    // What must be read to change the map comes first, so that all of it changes or none.
    for (long at = offset; at < offset + length; at += blockSize) {
      map.hold(at >>> map.blockBits());
    }
    long fileBlock = map.fileBlock(placement.position());
    for (int i = 0; i < placement.clusters(); i++) {
      long block = clusterOffset + i * blockSize;
      if (block >= offset && block < offset + length) {
        map.set(block >>> map.blockBits(), fileBlock + i);
      } else {
        // The run was longer than what was written.
        allocator.abandon(fileBlock + i, 1);
      }
    }
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

  /** Has whole blocks read as zeroes; what they have in the map is then {@code cleared}. */
  private boolean clear(long offset, long length, long cleared, boolean giveBack)
      throws IOException {
    for (long at = offset; at < offset + length; at += blockSize) {
      long block = at >>> map.blockBits();
      long entry = map.entryUnfenced(block);
      if (entry >= BlockMap.ZERO) {
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
  public boolean wantsFlush() {
    return map.pages().bytes() > MAX_CHANGED_BYTES || allocator.freedCount() > MAX_FREED;
  }

  @Override
  public void flush() throws IOException {
    if (storage.isClosed()) {
      throw new ImageClosedException(storage.name());
    }
    checkNotFailed();
    boolean changed = map.pages().isDirty(BlockMap.ORDER) || allocator.freedCount() > 0;
    if (changed && allocator.count() > recordedCount) {
      recordCount(allocator.count());
    }
    barrier(Step.DATA_AND_COUNT);
    if (changed) {
      writeMap(Step.MAP);
      allocator.settleFreed();
      // Who looked a freed place up before looks again.
      nextEpoch();
    }
  }

  private void writeMap(Step step) throws IOException {
    nextEpoch();
    map.pages().writeOut(BlockMap.ORDER);
    barrier(step);
    map.pages().settle();
    nextEpoch();
  }

  private void recordCount(long count) throws IOException {
    fields.allocatedBlocks(count);
    recordedCount = count;
  }

  private void barrier(Step step) throws IOException {
    if (step != withoutBarrier) {
      barrier(storage);
    }
  }

  /**
   * Ends writing: everything is durable and, if there is room to move blocks, none of the file is
   * free.
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
   * Makes everything durable, and has no block of the file be free; if the listener throws, the
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
        barrier(Step.MOVED_DATA);
        mover.pointToCopies();
        writeMap(Step.MOVED_MAP);
      }
      if (mover.blocksLeft() < recordedCount) {
        // A file that is cut before that is durable has fewer blocks than are counted: as harmless
        // as blocks without an owner.
        recordCount(mover.blocksLeft());
      }
    } catch (IOException e) {
      // Which blocks are free, and how many are counted, is no longer known here.
      fail(e);
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
   * @param parent what shows where this image has nothing, if there is such
   * @param listener told of blocks that move
   * @return the new size in bytes
   */
  long resize(long newSize, @Nullable BlockDevice parent, MoveListener listener)
      throws IOException {
    DiskResize resize = DiskResize.of(storage, map, header, newSize);
    beforeChange();
    new EndOfDisk(storage, map, allocator, header).prepare(newSize, parent);
    moveTogether(listener);
    resize.requireRoom(allocator.count());
    reserveFor(resize);
    try {
      header = resize.run(allocator.count(), fields, this::barrier, listener);
    } catch (IOException e) {
      // Where blocks are is no longer known here, though what opens the image anew finds them.
      fail(e);
      throw e;
    } catch (RuntimeException e) {
      // A listener's.
      fail(new IOException("broken off", e));
      throw e;
    }
    map.replaceBy(header);
    recordedCount = header.allocatedBlocks();
    allocator.moved(header.allocatedBlocks());
    allocator.trim();
    nextEpoch();
    return newSize;
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
