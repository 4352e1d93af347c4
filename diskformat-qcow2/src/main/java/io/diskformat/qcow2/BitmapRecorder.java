package io.diskformat.qcow2;

import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import io.diskformat.table.Barriers;
import io.diskformat.table.Word;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Keeps an image's bitmaps up to date while the image is written. They are marked as in use before
 * the first change, and what is changed is noted in memory; only when writing ends, and all of it
 * is durable, it is added to the bitmaps, and then the mark is taken away. A reader that finds the
 * mark knows that a writer did not get that far, and does not trust the bitmap.
 */
final class BitmapRecorder {
  private final Storage storage;
  private final ImageTables tables;

  /** A bitmap that records writes, and what was written since the image was opened. */
  private record Recording(BitmapTable table, DirtyBits bits) {
    boolean isOf(BitmapEntry entry) {
      return table.bitmap().position() == entry.position();
    }
  }

  private final List<Recording> recordings = new ArrayList<>();

  /** The bitmaps that record no writes, and change only with the size of the disk. */
  private final List<Recording> others = new ArrayList<>();

  /**
   * The least size that the disk has had since it was opened, or -1 if the size has not changed.
   */
  private long leastSize = -1;

  private long size = -1;

  /** Whether {@link #changed} is called for all changes. */
  private boolean kept;

  BitmapRecorder(ImageTables tables) {
    this.storage = tables.storage();
    this.tables = tables;
  }

  /**
   * Makes the bitmaps record all changes. A writer that changes the disk without calling {@link
   * #changed} does not call this; then they stay marked.
   */
  void keep() {
    kept = true;
  }

  /**
   * Marks the bitmaps that record writes. Durable after the next barrier. A malformed one is marked
   * as well, and stays so.
   */
  void begin() throws IOException {
    Qcow2Header header = tables.header();
    for (BitmapEntry entry : BitmapDirectory.entries(storage, header)) {
      if (entry.has(BitmapEntry.AUTO) && !entry.has(BitmapEntry.IN_USE)) {
        try {
          recordings.add(recording(entry));
        } catch (DiskFormatException | IllegalArgumentException e) {
          // No reader could use it.
        }
        mark(entry);
      }
    }
  }

  /**
   * Throws unless all bitmaps can become those of a disk of another size.
   *
   * @throws DiskFormatException if one is inconsistent
   * @throws UnsupportedFeatureException if one would have too many bits, or none
   */
  void checkResizable(long newSize) throws IOException {
    Qcow2Header header = tables.header();
    for (BitmapEntry entry : BitmapDirectory.entries(storage, header)) {
      if (entry.has(BitmapEntry.IN_USE) && all().noneMatch(r -> r.isOf(entry))) {
        throw new DiskFormatException(
            "%s: Bitmap '%s' is inconsistent and cannot be used; only to remove it is possible"
                .formatted(storage.name(), entry.name()));
      }
      if (newSize == 0) {
        throw BitmapTable.noBits(storage);
      }
      try {
        int _ = BitmapTable.entries(header, newSize, entry.granularityBits());
      } catch (IllegalArgumentException e) {
        throw new UnsupportedFeatureException(
            storage.name(), "bitmap \"" + entry.name() + "\": " + e.getMessage());
      }
    }
  }

  private Stream<Recording> all() {
    return Stream.concat(recordings.stream(), others.stream());
  }

  /**
   * Called before the size of the disk changes: also marks the bitmaps that record no writes,
   * durably, so that nobody trusts one of another size than the disk's.
   */
  void resizing() throws IOException {
    Qcow2Header header = tables.header();
    boolean marked = false;
    for (BitmapEntry entry : BitmapDirectory.entries(storage, header)) {
      if (!entry.has(BitmapEntry.IN_USE)) {
        others.add(recording(entry));
        mark(entry);
        marked = true;
      }
    }
    if (marked) {
      storage.flush(WriteStep.BITMAP_MARKS);
    }
  }

  private Recording recording(BitmapEntry entry) throws IOException {
    BitmapTable table = new BitmapTable(storage, tables.header(), entry);
    return new Recording(table, table.noBits());
  }

  private void mark(BitmapEntry entry) throws IOException {
    BitmapDirectory.writeFlags(storage, entry.position(), entry.flags() | BitmapEntry.IN_USE);
  }

  /** Notes another size of the disk; nobody writes meanwhile. */
  void resized(long newSize) {
    long before = leastSize < 0 ? tables.header().size() : leastSize;
    leastSize = Math.min(before, newSize);
    size = newSize;
    for (List<Recording> list : List.of(recordings, others)) {
      list.replaceAll(recording -> {
        BitmapEntry entry = recording.table.bitmap();
        int parts = BitmapTable.entries(tables.header(), newSize, entry.granularityBits());
        return new Recording(recording.table, recording.bits.withParts(parts));
      });
    }
  }

  /**
   * Notes that a range of the disk is changed; the part beyond its end does not count yet.
   * Thread-safe.
   */
  void changed(long offset, long length) {
    if (recordings.isEmpty()) {
      return;
    }
    long end = Math.min(offset + length, size < 0 ? tables.header().size() : size);
    for (Recording recording : recordings) {
      recording.bits.add(offset, end - offset);
    }
  }

  /**
   * Adds what was noted to the bitmaps, and takes the marks away. All writes are durable.
   *
   * @param order makes clusters that were allocated durable
   */
  void finish(BitmapStore.Order order, Barriers barriers) throws IOException {
    if (!kept || (recordings.isEmpty() && others.isEmpty())) {
      return;
    }
    if (size >= 0) {
      storeResized(order);
      return;
    }
    List<Recording> stored = new ArrayList<>();
    Map<Long, Long> newEntries = new LinkedHashMap<>();
    for (Recording recording : recordings) {
      try {
        store(recording, newEntries);
        stored.add(recording);
      } catch (DiskFormatException e) {
        // It is corrupt, so it stays marked.
      }
    }
    order.flush();
    for (Map.Entry<Long, Long> entry : newEntries.entrySet()) {
      Word.BIG_ENDIAN_64.write(storage, entry.getKey(), entry.getValue());
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
      byte[] bits = table.bits(entry);
      recording.bits.addTo(i, bits);
      long position = BitmapDirectory.data(entry);
      if (position != 0) {
        requireOwn(position);
      } else {
        position = tables.allocator().allocate(1).position();
        newEntries.put(table.entryPosition(i), position);
      }
      storage.write(position, MemorySegment.ofArray(bits));
    }
  }

  /** Does not overwrite a cluster that another structure uses as well. */
  private void requireOwn(long position) throws IOException {
    long cluster = position >>> tables.header().clusterBits();
    if (!tables.allocator().isSingle(cluster) || tables.metadata().contains(cluster)) {
      throw new DiskFormatException(storage.name() + ": a bitmap's cluster has another use, too");
    }
  }

  // A disk of another size

  /** Gives all bitmaps tables for the disk as it is now, and a directory without the marks. */
  private void storeResized(BitmapStore.Order order) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    BitmapStore store = new BitmapStore(storage, tables, header, order);
    List<BitmapEntry> entries = new ArrayList<>();
    for (BitmapEntry entry : BitmapDirectory.entries(storage, header)) {
      Recording recording = all().filter(r -> r.isOf(entry)).findFirst().orElse(null);
      entries.add(recording == null ? entry : resized(recording, store));
    }
    store.replaceDirectory(entries);
    // Freed clusters are free from here on.
    order.flush();
  }

  private BitmapEntry resized(Recording recording, BitmapStore store) throws IOException {
    BitmapEntry bitmap = recording.table.bitmap();
    long[] table = new long[recording.bits.parts()];
    long perPart = 8L << tables.header().clusterBits();
    long kept = Math.ceilDiv(leastSize, 1L << bitmap.granularityBits());
    long last = Math.ceilDiv(size, 1L << bitmap.granularityBits());
    for (int i = 0; i < Math.max(table.length, bitmap.tableEntries()); i++) {
      long entry = i < bitmap.tableEntries() ? recording.table.entry(i) : 0;
      boolean whole = (i + 1) * perPart <= kept;
      if (i < table.length && whole && !recording.bits.has(i)) {
        table[i] = entry;
        continue;
      }
      if (i < table.length) {
        byte[] bits = recording.table.bits(entry);
        clear(bits, kept - i * perPart);
        recording.bits.addTo(i, bits);
        clear(bits, last - i * perPart);
        table[i] = isZero(bits) ? 0 : store.writeBits(bits);
      }
      if (BitmapDirectory.data(entry) != 0) {
        store.forgetBits(BitmapDirectory.data(entry));
      }
    }
    store.forgetTable(bitmap);
    return bitmap.withTable(store.writeTable(table), table.length);
  }

  /** Clears all bits from one on. */
  private static void clear(byte[] bits, long first) {
    long from = Math.max(0, first);
    if (from < 8L * bits.length) {
      int at = (int) (from >> 3);
      bits[at] &= (byte) ((1 << (from & 7)) - 1);
      Arrays.fill(bits, at + 1, bits.length, (byte) 0);
    }
  }

  private static boolean isZero(byte[] bits) {
    return Arrays.mismatch(bits, new byte[bits.length]) < 0;
  }
}
