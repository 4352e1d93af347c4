package io.diskformat.vmdk;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.layer.MapWriter.Placement;
import io.diskformat.storage.Storage;
import io.diskformat.table.FileEnd;
import io.diskformat.table.FreedSpace;
import java.io.IOException;
import java.util.BitSet;

/**
 * Hands out places of grains, and of tables, in the file of an extent.
 *
 * <p>What is freed is handed out again only once the tables that no longer have it are durable.
 * Thread-safe.
 */
final class GrainAllocator {
  /** How many places may wait to be free before a flush is due. */
  private static final int MAX_FREED = 1 << 16;

  /** The most bytes of a file, as an entry of a table is a sector in 32 bits. */
  private static final long MOST_BYTES = 1L << (32 + ExtentLine.SECTOR_BITS);

  private final Storage storage;
  private final long grain;
  private final FileEnd end;
  private final FreedSpace freed;

  /** The slots before the end that are free. */
  private final BitSet free = new BitSet();

  /**
   * Creates an allocator that knows of no free slot yet.
   *
   * @param grain the size of a grain, in bytes
   */
  GrainAllocator(Storage storage, long grain) throws IOException {
    this.storage = storage;
    this.grain = grain;
    this.end = new FileEnd(storage, false);
    this.freed = new FreedSpace(storage, grain, MAX_FREED);
  }

  /**
   * Takes over what of the file is in use; to be called while nothing waits to be free.
   *
   * @param used what of the file is in use
   * @param firstGrain the position before which there is no grain, in bytes
   */
  synchronized void begin(UsedSlots used, long firstGrain) {
    // The file may end within the last grain, which is written as a whole all the same.
    end.use(used.end());
    long first = Math.min(Math.ceilDiv(firstGrain, grain), UsedSlots.MOST);
    long slots = Math.min(Math.ceilDiv(end.used(), grain), UsedSlots.MOST);
    free.clear();
    if (first < slots) {
      free.set((int) first, (int) slots);
      free.andNot(used.slots());
    }
  }

  private long roundUp(long position) {
    return (position + grain - 1) & -grain;
  }

  /** Returns the places that are free after the next flush. */
  FreedSpace freed() {
    return freed;
  }

  /** Returns the position at which the file would end if no slot was free, in bytes. */
  synchronized long denseEnd() {
    return roundUp(end.used()) - free.cardinality() * grain;
  }

  /** Returns the position at which the used part of the file ends, in bytes. */
  synchronized long end() {
    return end.used();
  }

  /**
   * Hands out places of adjacent grains, which hold zeroes.
   *
   * @param most how many are wanted, at least 1; fewer may be handed out
   * @throws IOException if the host has no space
   */
  synchronized Placement allocate(int most) throws IOException {
    int first = free.nextSetBit(0);
    if (first >= 0) {
      int run = Math.min(most, free.nextClearBit(first) - first);
      Placement place = prepare(first * grain, run);
      free.clear(first, first + run);
      return place;
    }
    return prepare(roundUp(end.used()), most);
  }

  /** Hands out the first free slot, if it is before a position; returns its own, or -1. */
  synchronized long allocateBefore(long position) throws IOException {
    int first = free.nextSetBit(0);
    return first < 0 || first * grain >= position ? -1 : allocate(1).position();
  }

  /**
   * Hands out adjacent free slots before a position, the first that are enough.
   *
   * @param length how much is wanted, in bytes
   * @return where it begins, or -1 if there is none
   */
  synchronized long allocateBefore(long position, long length) throws IOException {
    int slots = (int) Math.min(Math.ceilDiv(length, grain), UsedSlots.MOST);
    int first = free.nextSetBit(0);
    while (first >= 0 && (first + (long) slots) * grain <= position) {
      int end = free.nextClearBit(first);
      if (end - first >= slots) {
        use(first * grain, slots * grain);
        free.clear(first, first + slots);
        return first * grain;
      }
      first = free.nextSetBit(end);
    }
    return -1;
  }

  private Placement prepare(long position, int grains) throws IOException {
    use(position, grains * grain);
    return new Placement(position, grains, true, true);
  }

  private void use(long position, long length) throws IOException {
    if (position + length > MOST_BYTES) {
      throw new UnsupportedFeatureException(
          storage.name(), "a VMDK extent of more than " + MOST_BYTES + " bytes");
    }
    end.useZeroed(position, position + length);
  }

  /**
   * Hands out space at the end of the file, which holds zeroes.
   *
   * @param length in bytes, whole sectors
   * @return its position
   */
  synchronized long allocateTable(long length) throws IOException {
    long position = roundUpToSector(end.used());
    use(position, length);
    return position;
  }

  private static long roundUpToSector(long position) {
    long sector = 1L << ExtentLine.SECTOR_BITS;
    return (position + sector - 1) & -sector;
  }

  /** Takes back places to which no table has pointed yet. */
  synchronized void abandon(long position, int grains) {
    for (int i = 0; i < grains; i++) {
      release(position + i * grain);
    }
  }

  /** Makes a place free, unless it is no slot: then it stays unused until the file is compacted. */
  private void release(long position) {
    long slot = position / grain;
    if (position % grain == 0 && slot < UsedSlots.MOST) {
      free.set((int) slot);
    }
  }

  /** Takes back a place to which the tables no longer point, though the durable ones still may. */
  synchronized void free(long position) {
    freed.add(position);
  }

  /** Takes back what was freed: the durable tables no longer point there. */
  synchronized void settleFreed() throws IOException {
    freed.settle(position -> {
      release(position);
      return true;
    });
  }

  /** Cuts the file off behind what is used last. */
  synchronized void trim() throws IOException {
    long used = end.used();
    for (int slot = free.length() - 1;
        slot >= 0 && free.get(slot) && (slot + 1L) * grain >= used;
        slot--) {
      free.clear(slot);
      used = slot * grain;
    }
    end.trim(used);
  }
}
