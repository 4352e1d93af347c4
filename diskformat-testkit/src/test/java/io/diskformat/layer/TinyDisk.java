package io.diskformat.layer;

import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.WordStorage;
import java.io.IOException;

/**
 * Two blocks of two words each, in a format that is as small as one can be: a table of two words
 * that say where the blocks are, and places for it and for them. All that a real format does beside
 * readers is done here: places are given up and used again, and each flush moves the table, whose
 * old place may then hold a block.
 */
final class TinyDisk extends LayeredDevice {
  static final int BLOCK = 16;
  static final int BLOCKS = 2;
  private static final int PLACES = 4;

  private final Writer writer;

  private TinyDisk(Storage storage, Map map, Writer writer) {
    super("tiny", (long) BLOCKS * BLOCK, map, storage, null, writer);
    this.writer = writer;
  }

  /** From here on, each change makes a flush wanted. */
  void wantFlushes() {
    writer.wantsFlush = true;
  }

  /** Returns how many flushes there have been. */
  int flushes() {
    return writer.flushes;
  }

  /**
   * Creates an empty disk.
   *
   * @param announces whether readers learn when places are used again
   */
  static TinyDisk create(boolean announces) {
    return on(emptyStorage(), announces);
  }

  /** Returns what an empty disk is on. */
  static WordStorage emptyStorage() {
    return new WordStorage(2 * (1 + PLACES));
  }

  /** Creates an empty disk on {@link #emptyStorage}, or what wraps one. */
  static TinyDisk on(Storage storage, boolean announces) {
    Map map = new Map(new MetadataPages(storage, BLOCK));
    return new TinyDisk(storage, map, new Writer(map, announces));
  }

  private static final class Map extends GuestMap {
    final MetadataPages pages;

    /** Where the table is. */
    volatile long table = BLOCK;

    Map(MetadataPages pages) {
      super(BLOCK, BLOCK);
      this.pages = pages;
    }

    long entryPosition(long offset) {
      return table + offset / BLOCK * 8;
    }

    long place(long offset) throws IOException {
      return pages.read(entryPosition(offset));
    }

    @Override
    public long locate(long offset) throws IOException {
      long place = place(offset);
      return place == 0
          ? Location.of(Location.HOLE)
          : Location.of(Location.DATA, place + offset % BLOCK);
    }

    @Override
    public void decompress(long location, byte[] target) {
      throw new UnsupportedOperationException();
    }
  }

  private static final class Writer extends MapWriter {
    private final Map map;
    private final boolean announces;
    private volatile boolean wantsFlush;
    private volatile int flushes;
    private final boolean[] used = new boolean[PLACES + 1];
    private final boolean[] freed = new boolean[PLACES + 1];

    Writer(Map map, boolean announces) {
      super("tiny");
      this.map = map;
      this.announces = announces;
      this.used[1] = true;
    }

    @Override
    protected void prepare() {}

    @Override
    public long inPlace(long offset) throws IOException {
      long place = map.place(offset);
      return place == 0 ? -1 : place + offset % BLOCK;
    }

    @Override
    public synchronized Placement place(long offset, int clusters) throws IOException {
      return new Placement(free(), 1, false, true);
    }

    private long free() throws IOException {
      for (int i = 1; i <= PLACES; i++) {
        if (!used[i]) {
          used[i] = true;
          return (long) i * BLOCK;
        }
      }
      throw new IOException("no space left");
    }

    @Override
    public void link(long offset, long length, long clusterOffset, Placement placement)
        throws IOException {
      map.pages.write(map.entryPosition(offset), placement.position(), 1);
    }

    @Override
    public synchronized void abandon(Placement placement) {
      used[(int) placement.position() / BLOCK] = false;
    }

    @Override
    public boolean zero(long offset, long length) throws IOException {
      return discard(offset, length);
    }

    @Override
    public boolean discard(long offset, long length) throws IOException {
      for (long block = offset; block < offset + length; block += BLOCK) {
        long place = map.place(block);
        if (place != 0) {
          map.pages.write(map.entryPosition(block), 0, 1);
          synchronized (this) {
            freed[(int) place / BLOCK] = true;
          }
        }
      }
      return true;
    }

    @Override
    public synchronized void flush() throws IOException {
      int before = flushes;
      flushes = before + 1;
      announce();
      for (int i = 1; i <= PLACES; i++) {
        used[i] &= !freed[i];
        freed[i] = false;
      }
      moveTable();
      map.pages.writeOut(1);
      map.pages.settle();
      announce();
    }

    private void moveTable() throws IOException {
      long old = map.table;
      long fresh = free();
      map.pages.clear(fresh, BLOCK, 1);
      map.pages.write(fresh, map.pages.read(old), 1);
      map.pages.write(fresh + 8, map.pages.read(old + 8), 1);
      map.table = fresh;
      used[(int) old / BLOCK] = false;
    }

    private void announce() {
      if (announces) {
        nextEpoch();
      }
    }

    @Override
    public boolean wantsFlush() {
      return wantsFlush;
    }

    @Override
    public void finish() {}
  }
}
