package io.diskformat.vdi;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import io.diskformat.vdi.VdiWriter.Step;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Makes the disk of an image larger or smaller, in steps each of which leaves an image that is
 * whole. The last one replaces the fields of the header that say so, all within one sector.
 *
 * <p>A map that is to be longer than there is room before the first block needs the place of that
 * and those after it: they move to the end of the file, and the map to where they were.
 */
final class DiskResize {
  private static final long MAX_FIELD = 0xffff_ffffL;
  private static final int CHUNK_ENTRIES = 1 << 18;

  /** Makes what was written so far durable. */
  @FunctionalInterface
  interface Barrier {
    void after(Step step) throws IOException;
  }

  private final Storage storage;
  private final BlockMap map;
  private final VdiHeader header;
  private final long newSize;
  private final long newBlocks;

  /** How many blocks at the start of the file the map will take the place of. */
  private final long vacated;

  private DiskResize(Storage storage, BlockMap map, VdiHeader header, long newSize) {
    this.storage = storage;
    this.map = map;
    this.header = header;
    this.newSize = newSize;
    this.newBlocks = header.blocksFor(newSize);
    long needed = Integer.BYTES * newBlocks;
    this.vacated = newBlocks <= room() ? 0 : (needed + header.stride() - 1) / header.stride();
  }

  /**
   * Returns the resize of an image, on which nothing waits to be flushed once it is run.
   *
   * @throws UnsupportedFeatureException if the image cannot be resized so
   */
  static DiskResize of(Storage storage, BlockMap map, VdiHeader header, long newSize)
      throws UnsupportedFeatureException {
    if (header.version() == VdiHeader.VERSION_0) {
      throw new UnsupportedFeatureException(storage.name(), "resizing a VDI image of version 0");
    }
    if (newSize > (long) Integer.MAX_VALUE * header.blockSize()) {
      throw new UnsupportedFeatureException(
          storage.name(),
          "a disk of " + newSize + " bytes in blocks of " + header.blockSize() + " bytes");
    }
    return new DiskResize(storage, map, header, newSize);
  }

  /** Returns how many entries there is room for before the first block. */
  private long room() {
    return (header.dataOffset() - header.mapOffset()) / Integer.BYTES;
  }

  /**
   * Resizes the disk.
   *
   * @param count how many blocks have a place, all of which are used
   * @param listener told of blocks that move; must not throw
   * @return the header that the image then has
   */
  VdiHeader run(int count, HeaderFields fields, Barrier barrier, MoveListener listener)
      throws IOException {
    VdiHeader resized =
        vacated == 0 ? inPlace(count, barrier) : elsewhere(count, fields, barrier, listener);
    fields.layout(resized);
    barrier.after(Step.LAYOUT);
    return resized;
  }

  private VdiHeader inPlace(int count, Barrier barrier) throws IOException {
    long allocated = count;
    if (newBlocks > header.blocks()) {
      allocated += added();
      appendEntries(header.mapOffset(), header.blocks(), newBlocks, count);
      barrier.after(Step.LONGER_MAP);
    }
    return header.with(header.mapOffset(), header.dataOffset(), newSize, newBlocks, allocated);
  }

  /** Returns how many blocks of the file there are while some of them move. */
  private long counted(int count) {
    return Math.max(vacated, count) + Math.min(vacated, count);
  }

  /**
   * Throws if there is no room for what is to be moved.
   *
   * @param count how many blocks have a place, all of which are used
   */
  void requireRoom(int count) throws UnsupportedFeatureException {
    if (vacated == 0) {
      return;
    }
    if (header.dataOffset() + vacated * header.stride() > MAX_FIELD) {
      throw new UnsupportedFeatureException(
          storage.name(), "a block map that ends beyond 4 GiB of the file");
    }
    if (counted(count) > room()) {
      throw new UnsupportedFeatureException(
          storage.name(),
          "growing a VDI image to "
              + newBlocks
              + " blocks: there is no room for a longer block map, nor for moving the blocks behind"
              + " it");
    }
  }

  /**
   * Reserves all the space of the host that {@link #run} needs, so that it meets no full disk.
   *
   * @param count how many blocks have a place, all of which are used
   */
  void reserve(int count) throws IOException {
    long listed = header.blocks();
    long appended = vacated == 0 ? newBlocks : counted(count);
    if (appended > listed) {
      storage.reserve(header.mapOffset() + (listed << 2), (appended - listed) << 2);
    }
    long dataOffset = header.dataOffset() + vacated * header.stride();
    if (vacated > 0) {
      storage.reserve(header.dataOffset(), newBlocks << 2);
      reserveUpTo(header.dataOffset() + counted(count) * header.stride());
    }
    if (added() > 0) {
      reserveUpTo(dataOffset + (count + added()) * header.stride());
    }
  }

  private void reserveUpTo(long end) throws IOException {
    long size = storage.size();
    if (end > size) {
      storage.reserve(size, end - size);
    }
  }

  /** Returns how many blocks get a place at once: in a fixed image all have one. */
  private long added() {
    return header.type() == ImageType.FIXED ? newBlocks - header.blocks() : 0;
  }

  private VdiHeader elsewhere(
      int count, HeaderFields fields, Barrier barrier, MoveListener listener) throws IOException {
    long mapOffset = header.dataOffset();
    long dataOffset = header.dataOffset() + vacated * header.stride();
    int moved = (int) Math.min(vacated, count);
    long firstTarget = Math.max(vacated, count);
    long counted = counted(count);
    if (counted > header.blocks()) {
      // Only to have numbers for the blocks that move: no more can be counted than there are.
      appendEntries(header.mapOffset(), header.blocks(), counted, BlockMap.FREE);
      barrier.after(Step.LONGER_MAP);
      fields.layout(
          header.with(
              header.mapOffset(), header.dataOffset(), header.recordedSize(), counted, count));
    }
    for (int i = 0; i < moved; i++) {
      // With its extra data, whatever that is.
      long from = map.position(i) - header.blockExtra();
      BlockMover.copy(
          storage, from, map.position(firstTarget + i) - header.blockExtra(), header.stride());
      listener.moved(header.blockSize());
    }
    fields.allocatedBlocks(counted);
    barrier.after(Step.VACATING_DATA);
    for (long block = 0; block < header.blocks(); block++) {
      long entry = map.entry(block);
      if (entry < moved) {
        map.set(block, firstTarget + entry);
      }
    }
    map.pages().writeOut(BlockMap.ORDER);
    barrier.after(Step.VACATING_MAP);
    writeNewMap(mapOffset, count);
    barrier.after(Step.NEW_MAP);
    return header.with(mapOffset, dataOffset, newSize, newBlocks, count + added());
  }

  /** Writes the whole map to its new place; the first blocks that were vacated are no more. */
  private void writeNewMap(long mapOffset, int count) throws IOException {
    long blocks = header.blocks();
    for (long first = 0; first < blocks; first += CHUNK_ENTRIES) {
      int length = (int) Math.min(CHUNK_ENTRIES, blocks - first);
      ByteBuffer entries = entries(length);
      for (int i = 0; i < length; i++) {
        long entry = map.entry(first + i);
        entries.putInt(i << 2, (int) (entry < BlockMap.ZERO ? entry - vacated : entry));
      }
      storage.write(mapOffset + (first << 2), MemorySegment.ofBuffer(entries));
    }
    appendEntries(mapOffset, blocks, newBlocks, added() > 0 ? count : BlockMap.FREE);
  }

  /** Writes entries from {@code from} to {@code to}: without a place, or blocks from a number. */
  private void appendEntries(long mapOffset, long from, long to, long firstBlock)
      throws IOException {
    boolean stored = added() > 0 && firstBlock != BlockMap.FREE;
    // A parent may be larger than the disk was, and what it has there must not show.
    long notStored = header.hasParent() ? BlockMap.ZERO : BlockMap.FREE;
    for (long first = from; first < to; first += CHUNK_ENTRIES) {
      int length = (int) Math.min(CHUNK_ENTRIES, to - first);
      ByteBuffer entries = entries(length);
      for (int i = 0; i < length; i++) {
        entries.putInt(i << 2, (int) (stored ? firstBlock + (first - from) + i : notStored));
      }
      storage.write(mapOffset + (first << 2), MemorySegment.ofBuffer(entries));
    }
  }

  private static ByteBuffer entries(int count) {
    return ByteBuffer.allocate(count << 2).order(ByteOrder.LITTLE_ENDIAN);
  }
}
