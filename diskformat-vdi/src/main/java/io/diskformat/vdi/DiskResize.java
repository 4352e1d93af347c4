package io.diskformat.vdi;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import io.diskformat.table.Barriers;
import java.io.IOException;

/**
 * Makes the disk of an image larger or smaller, in steps each of which leaves an image that is
 * whole. The last one replaces the fields of the header that say so, all within one sector.
 *
 * <p>A map that is to be longer than there is room before the first block needs the place of that
 * and those after it: they move to the end of the file, and the map to where they were.
 */
final class DiskResize {
  /** The largest position in bytes that a field of the header holds. */
  private static final long MAX_FIELD = 0xffff_ffffL;

  private final Storage storage;
  private final BlockMap map;
  private final VdiHeader header;
  private final long newSize;
  private final long newBlocks;

  /** The number of first blocks of the file whose places the map will take. */
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
   * Prepares the resize of an image; when it runs, nothing may wait to be flushed.
   *
   * @throws UnsupportedFeatureException if the image cannot get that size
   */
  static DiskResize of(Storage storage, BlockMap map, VdiHeader header, long newSize)
      throws UnsupportedFeatureException {
    if (header.version() == HeaderLayout.NUMBER_0) {
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
    return (header.dataPosition() - header.mapPosition()) / Integer.BYTES;
  }

  /**
   * Resizes the disk.
   *
   * @param count how many blocks have a place, all of which are used
   * @param listener gets the bytes of blocks that move; must not throw
   * @return the header that the image then has
   */
  VdiHeader run(int count, HeaderFields fields, Barriers barriers, MoveListener listener)
      throws IOException {
    VdiHeader resized =
        vacated == 0 ? inPlace(count, barriers) : elsewhere(count, fields, barriers, listener);
    fields.layout(resized);
    barriers.after(WriteStep.LAYOUT);
    return resized;
  }

  private VdiHeader inPlace(int count, Barriers barriers) throws IOException {
    long allocated = count;
    if (newBlocks > header.blocks()) {
      allocated += added();
      appendEntries(header.mapPosition(), header.blocks(), newBlocks, count);
      barriers.after(WriteStep.LONGER_MAP);
    }
    return header.with(header.mapPosition(), header.dataPosition(), newSize, newBlocks, allocated);
  }

  /** Returns how many blocks of the file are counted while some of them move. */
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
    if (header.dataPosition() + vacated * header.stride() > MAX_FIELD) {
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
   * Reserves all the space of the host that {@link #run} needs, so that it cannot run out of space.
   *
   * @param count how many blocks have a place, all of which are used
   */
  void reserve(int count) throws IOException {
    long listed = header.blocks();
    long appended = vacated == 0 ? newBlocks : counted(count);
    if (appended > listed) {
      storage.reserve(header.mapPosition() + (listed << 2), (appended - listed) << 2);
    }
    long dataPosition = header.dataPosition() + vacated * header.stride();
    if (vacated > 0) {
      storage.reserve(header.dataPosition(), newBlocks << 2);
      reserveBlocks(header.dataPosition(), Math.max(vacated, count), counted(count));
    }
    if (added() > 0) {
      reserveBlocks(dataPosition, count, count + added());
    }
  }

  /** Reserves the part of blocks that is beyond the end of the file, and nothing before them. */
  private void reserveBlocks(long dataPosition, long first, long end) throws IOException {
    long from = Math.max(storage.size(), dataPosition + first * header.stride());
    long to = dataPosition + end * header.stride();
    if (from < to) {
      storage.reserve(from, to - from);
    }
  }

  /** Returns how many blocks get a place at once: in a fixed image all have one. */
  private long added() {
    return header.type() == ImageType.FIXED ? newBlocks - header.blocks() : 0;
  }

  private VdiHeader elsewhere(
      int count, HeaderFields fields, Barriers barriers, MoveListener listener) throws IOException {
    long mapPosition = header.dataPosition();
    long dataPosition = header.dataPosition() + vacated * header.stride();
    int moved = (int) Math.min(vacated, count);
    long firstTarget = Math.max(vacated, count);
    long counted = counted(count);
    if (counted > header.blocks()) {
      // The blocks that move need numbers, and no more blocks can be counted than there are
      // entries.
      appendEntries(header.mapPosition(), header.blocks(), counted, BlockMap.FREE);
      barriers.after(WriteStep.LONGER_MAP);
      fields.layout(
          header.with(
              header.mapPosition(), header.dataPosition(), header.recordedSize(), counted, count));
    }
    for (int i = 0; i < moved; i++) {
      // The extra data before a block moves with it.
      long from = map.position(i) - header.blockExtra();
      BlockMover.copy(
          storage, from, map.position(firstTarget + i) - header.blockExtra(), header.stride());
      listener.moved(header.blockSize());
    }
    fields.allocatedBlocks(counted);
    barriers.after(WriteStep.VACATING_DATA);
    for (long block = 0; block < header.blocks(); block++) {
      long entry = map.entry(block);
      if (entry < moved) {
        map.set(block, firstTarget + entry);
      }
    }
    map.pages().writeOut(BlockMap.ORDER);
    barriers.after(WriteStep.VACATING_MAP);
    writeNewMap(mapPosition, count);
    barriers.after(WriteStep.NEW_MAP);
    return header.with(mapPosition, dataPosition, newSize, newBlocks, count + added());
  }

  /** Writes the whole map to its new place; blocks are numbered from the first one after it. */
  private void writeNewMap(long mapPosition, int count) throws IOException {
    BlockMap.write(
        storage,
        mapPosition,
        0,
        header.blocks(),
        block -> {
          long entry = map.entry(block);
          return BlockMap.isStored(entry) ? entry - vacated : entry;
        });
    appendEntries(mapPosition, header.blocks(), newBlocks, added() > 0 ? count : BlockMap.FREE);
  }

  /**
   * Writes the entries {@code from} to {@code to}: without a place, or from {@code firstBlock} on.
   */
  private void appendEntries(long mapPosition, long from, long to, long firstBlock)
      throws IOException {
    boolean stored = added() > 0 && firstBlock != BlockMap.FREE;
    // A parent may be larger than the disk was, and what it has there must not show.
    long notStored = header.hasParent() ? BlockMap.ZERO : BlockMap.FREE;
    BlockMap.write(
        storage, mapPosition, from, to, block -> stored ? firstBlock + (block - from) : notStored);
  }
}
