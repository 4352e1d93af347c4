package io.diskformat.vdi;

import io.diskformat.BlockDevice;
import io.diskformat.ImageClosedException;
import io.diskformat.spi.MapWriter;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
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
  private static final int PIECE = 1 << 20;

  /** For the test that shows that each barrier is needed: the step after which none is made. */
  static volatile @Nullable Step withoutBarrier;

  /** What a barrier comes after. */
  enum Step {
    MODIFICATION,
    DATA_AND_COUNT,
    MAP,
    MOVED_DATA,
    MOVED_MAP,
    SMALLER_COUNT,
    LONGER_MAP,
    LONGER_MAP_SWITCH,
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
  private volatile long epoch;
  private volatile boolean prepared;
  private volatile @Nullable IOException failure;

  VdiWriter(Storage storage, VdiHeader header, BlockMap map) throws IOException {
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

  @Override
  public void beforeChange() throws IOException {
    checkNotFailed();
    if (!prepared) {
      prepare();
    }
  }

  private void checkNotFailed() throws IOException {
    IOException earlier = failure;
    if (earlier != null) {
      throw new IOException(
          storage.name()
              + ": no longer written, since an earlier write failed: "
              + earlier.getMessage(),
          earlier);
    }
  }

  /** Before anything changes, so that no image passes for a difference to what this one was. */
  private synchronized void prepare() throws IOException {
    if (!prepared) {
      prepare(UUID.randomUUID());
    }
  }

  /** As it is done before the first change, with a given UUID; once. */
  synchronized void prepare(UUID modification) throws IOException {
    fields.modification(modification);
    barrier(Step.MODIFICATION);
    prepared = true;
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
    long old = map.entry(block);
    map.set(block, entry);
    allocator.free(block, old);
  }

  // Durability

  @Override
  public boolean wantsFlush() {
    return map.pages().bytes() > MAX_CHANGED_BYTES || allocator.freedCount() > MAX_FREED;
  }

  @Override
  public long epoch() {
    return epoch;
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

  /** Only a flush or a resize changes it, and these exclude each other. */
  private void nextEpoch() {
    long current = epoch;
    epoch = current + 1;
  }

  private void barrier(Step step) throws IOException {
    if (step == withoutBarrier) {
      return;
    }
    try {
      storage.flush();
    } catch (IOException e) {
      // What a failed barrier was for may be lost, and no later one would tell.
      failure = e;
      throw e;
    }
  }

  /** Ends writing: everything is durable, and no block of the file is free. */
  void finish() throws IOException {
    finish(MoveListener.NONE);
  }

  /** As {@link #finish()}; if the listener throws, the image is as a flush leaves it. */
  void finish(MoveListener listener) throws IOException {
    flush();
    compactFile(listener);
    allocator.trim();
  }

  /** Moves the last blocks to where places are free. Nothing waits to be flushed. */
  private void compactFile(MoveListener listener) throws IOException {
    BlockMover mover = new BlockMover(storage, map, allocator);
    if (mover.copyLastBlocks(listener)) {
      barrier(Step.MOVED_DATA);
      mover.pointToCopies();
      writeMap(Step.MOVED_MAP);
    }
    if (mover.blocksLeft() < recordedCount) {
      recordCount(mover.blocksLeft());
      // The file must not be cut before: blocks that are counted must be there.
      barrier(Step.SMALLER_COUNT);
    }
    allocator.shrinkTo(mover.blocksLeft());
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
    if (header.blocksFor(newSize) < map.blocks()) {
      cut(header.blocksFor(newSize));
    }
    if (newSize > header.size()) {
      clearLastBlock();
      if (parent != null && parent.size() > header.size()) {
        coverParent(parent);
      }
    }
    finish(listener);
    resize.requireRoom(allocator.count());
    try {
      header = resize.run(allocator.count(), fields, this::barrier, listener);
    } catch (IOException e) {
      // Where blocks are is no longer known here, though what opens the image anew finds them.
      failure = e;
      throw e;
    } catch (RuntimeException e) {
      // A listener's.
      failure = new IOException("broken off", e);
      throw e;
    }
    map.replaceBy(header);
    recordedCount = header.allocatedBlocks();
    allocator.moved(header.allocatedBlocks());
    allocator.trim();
    nextEpoch();
    return newSize;
  }

  /** Has what the last block holds behind the disk's end, which may show now, be zeroes. */
  private void clearLastBlock() throws IOException {
    long size = header.size();
    long used = size & (blockSize - 1);
    long entry = used == 0 ? BlockMap.FREE : map.entry(size >>> map.blockBits());
    if (entry < BlockMap.ZERO) {
      long start = map.position(entry) + used;
      long end = Math.min(map.position(entry) + blockSize, storage.size());
      if (start < end) {
        storage.zero(start, end - start, false);
      }
    }
  }

  /** Has nothing that the parent has behind the disk's end show once that is further away. */
  private void coverParent(BlockDevice parent) throws IOException {
    long size = header.size();
    long used = size & (blockSize - 1);
    long last = size >>> map.blockBits();
    if (used > 0 && map.entry(last) == BlockMap.FREE) {
      storeFromParent(parent, last, used);
    }
    for (long block = header.blocksFor(size); block < map.blocks(); block++) {
      if (map.entry(block) == BlockMap.FREE) {
        map.set(block, BlockMap.ZERO);
      }
    }
  }

  /** Gives a block a place, with the first bytes that the parent has there, and zeroes. */
  private void storeFromParent(BlockDevice parent, long block, long length) throws IOException {
    map.hold(block);
    long fileBlock = allocator.allocate(block, 1).first();
    boolean stored = false;
    try {
      MemorySegment buffer = MemorySegment.ofArray(new byte[(int) Math.min(PIECE, length)]);
      for (long done = 0; done < length; done += PIECE) {
        MemorySegment piece = buffer.asSlice(0, Math.min(PIECE, length - done));
        parent.read((block << map.blockBits()) + done, piece);
        storage.write(map.position(fileBlock) + done, piece);
      }
      map.set(block, fileBlock);
      stored = true;
    } finally {
      if (!stored) {
        allocator.abandon(fileBlock, 1);
      }
    }
  }

  /** Forgets what all blocks from that one on hold. */
  private void cut(long firstBlock) throws IOException {
    // As long as the disk still reaches there, what the parent has must not show again.
    long cleared = hasParent ? BlockMap.ZERO : BlockMap.FREE;
    for (long block = firstBlock; block < map.blocks(); block++) {
      long entry = map.entry(block);
      if (entry < BlockMap.ZERO) {
        map.set(block, cleared);
        allocator.free(block, entry);
      }
    }
  }
}
