package io.diskformat.qcow2;

import io.diskformat.DiskFormatException;
import io.diskformat.storage.Storage;
import io.diskformat.table.Barriers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps an image's bitmaps up to date while the image is written. They are marked as in use before
 * the first change, and what is changed is noted in memory; only when writing ends, and all of it
 * is durable, it is added to the bitmaps, and then the mark is taken away. Whoever finds the mark
 * knows that a writer did not get as far as that, and does not believe the bitmap.
 */
final class BitmapRecorder {
  private final Storage storage;
  private final ImageTables tables;

  /** A bitmap that records writes, and what was written since the image was opened. */
  private record Recording(BitmapTable table, DirtyBits bits) {}

  private final List<Recording> recordings = new ArrayList<>();

  /** Whether all changes are said to {@link #changed}. */
  private boolean kept;

  BitmapRecorder(ImageTables tables) {
    this.storage = tables.storage();
    this.tables = tables;
  }

  /**
   * Makes the bitmaps record all changes. Whoever changes what the disk shows without a word to
   * {@link #changed} leaves this out; then they stay marked.
   */
  void keep() {
    kept = true;
  }

  /**
   * Marks the bitmaps that record writes. Durable after the next barrier. One that is not as it
   * should be is marked and stays so.
   */
  void begin() throws IOException {
    Qcow2Header header = tables.header();
    for (BitmapEntry entry : BitmapDirectory.entries(storage, header)) {
      if (entry.has(BitmapEntry.AUTO) && !entry.has(BitmapEntry.IN_USE)) {
        try {
          BitmapTable table = new BitmapTable(storage, header, entry);
          recordings.add(
              new Recording(
                  table,
                  new DirtyBits(
                      entry.granularityBits(), header.clusterBits(), entry.tableEntries())));
        } catch (DiskFormatException | IllegalArgumentException e) {
          // Nobody could use it.
        }
      }
    }
    BitmapDirectory.markInUse(storage, header);
  }

  /** Notes that a range of the disk is changed. Thread-safe. */
  void changed(long offset, long length) {
    for (Recording recording : recordings) {
      recording.bits.add(offset, length);
    }
  }

  /** Makes what was written and counted durable. */
  @FunctionalInterface
  interface Flush {
    void run() throws IOException;
  }

  /**
   * Adds what was noted to the bitmaps, and takes the marks away. All writes are durable.
   *
   * @param flush makes clusters that were allocated durable
   */
  void finish(Flush flush, Barriers barriers) throws IOException {
    if (!kept || recordings.isEmpty()) {
      return;
    }
    List<Recording> stored = new ArrayList<>();
    Map<Long, Long> newEntries = new LinkedHashMap<>();
    for (Recording recording : recordings) {
      try {
        store(recording, newEntries);
        stored.add(recording);
      } catch (DiskFormatException e) {
        // It is corrupt, and so stays marked.
      }
    }
    flush.run();
    for (Map.Entry<Long, Long> entry : newEntries.entrySet()) {
      byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(entry.getValue()).array();
      storage.write(entry.getKey(), MemorySegment.ofArray(bytes));
    }
    barriers.after(WriteStep.BITMAP_BITS);
    for (Recording recording : stored) {
      BitmapEntry bitmap = recording.table.bitmap();
      BitmapDirectory.writeFlags(storage, bitmap.position(), bitmap.flags());
    }
    barriers.after(WriteStep.BITMAP_MARKS_TAKEN_AWAY);
  }

  /**
   * Adds what was noted to the clusters of a bitmap.
   *
   * @param newEntries gets the entries of the table that are to be written afterwards, by their
   *     positions
   */
  private void store(Recording recording, Map<Long, Long> newEntries) throws IOException {
    BitmapTable table = recording.table;
    for (int i = 0; i < recording.bits.parts(); i++) {
      long entry = recording.bits.has(i) ? table.entry(i) : 0;
      if (!recording.bits.has(i) || BitmapTable.part(entry) == BitmapTable.Part.ONES) {
        continue;
      }
      boolean isStored = BitmapTable.part(entry) == BitmapTable.Part.STORED;
      byte[] bits = isStored ? table.bits(entry) : new byte[tables.header().clusterSize()];
      recording.bits.addTo(i, bits);
      long position = BitmapDirectory.data(entry);
      if (isStored) {
        requireOwn(position);
      } else {
        position = tables.allocator().allocate(1).position();
        newEntries.put(table.entryPosition(i), position);
      }
      storage.write(position, MemorySegment.ofArray(bits));
    }
  }

  /** A cluster that something else uses, too, is not overwritten. */
  private void requireOwn(long position) throws IOException {
    long cluster = position >>> tables.header().clusterBits();
    if (!tables.allocator().isSingle(cluster) || tables.metadata().contains(cluster)) {
      throw new DiskFormatException(storage.name() + ": a bitmap's cluster has another use, too");
    }
  }
}
