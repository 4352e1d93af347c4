package io.diskformat.qcow2;

import io.diskformat.BitmapChange;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes the bitmaps of an image that nobody else uses. What is new, bits, table and directory, is
 * written to where nothing is; then the header is made to point to the new directory, in one write
 * of one sector; and then what is no longer needed is freed.
 */
final class BitmapEditor {
  private static final long LEAST_GRANULARITY = 512;
  private static final long MOST_GRANULARITY = 2L << 30;

  /** QEMU's default granularity lies between these, in bytes. */
  private static final long LEAST_DEFAULT = 4 << 10;

  private static final long MOST_DEFAULT = 64 << 10;

  private final Storage storage;
  private final BitmapStore store;
  private final Qcow2Header header;
  private final List<BitmapEntry> entries;

  private BitmapEditor(Storage storage, WritableTables tables) throws IOException {
    this.storage = storage;
    this.header = tables.header();
    this.store = new BitmapStore(storage, tables.writer().tables(), header, tables.writer());
    this.entries = new ArrayList<>(BitmapDirectory.entries(storage, header));
  }

  /**
   * Makes a change, and makes it durable.
   *
   * @param tables of the image, which are ended by this
   */
  static void run(Storage storage, WritableTables tables, BitmapChange change) throws IOException {
    new BitmapEditor(storage, tables).run(change);
    tables.finish();
  }

  private void run(BitmapChange change) throws IOException {
    if (header.version() < 3) {
      throw new UnsupportedFeatureException(
          storage.name(), "bitmaps in a qcow2 image of version 2");
    }
    switch (change) {
      case BitmapChange.Add add -> add(add);
      case BitmapChange.Remove remove -> {
        BitmapEntry entry = entries.get(index(remove.name()));
        store.forget(entry);
        entries.remove(entry);
        store.replaceDirectory(entries);
      }
      case BitmapChange.Clear clear -> replaceTable(usable(clear.name()), null);
      case BitmapChange.Merge merge -> replaceTable(usable(merge.name()), merge.ranges());
      case BitmapChange.Enable enable -> setFlag(usable(enable.name()), true);
      case BitmapChange.Disable disable -> setFlag(usable(disable.name()), false);
    }
  }

  private int index(String name) throws DiskFormatException {
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new DiskFormatException(storage.name() + ": no bitmap \"" + name + "\"");
  }

  private BitmapTable usable(String name) throws IOException {
    return new BitmapTable(storage, header, entries.get(index(name)));
  }

  private void setFlag(BitmapTable table, boolean enabled) throws IOException {
    BitmapEntry entry = table.bitmap();
    int flags = enabled ? entry.flags() | BitmapEntry.AUTO : entry.flags() & ~BitmapEntry.AUTO;
    // Durable when the tables are ended, as by any flush.
    BitmapDirectory.writeFlags(storage, entry.position(), flags);
  }

  // Adding

  private void add(BitmapChange.Add add) throws IOException {
    byte[] name = add.name().getBytes(StandardCharsets.UTF_8);
    if (name.length == 0
        || name.length > BitmapDirectory.MAX_NAME
        || add.name().indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          storage.name() + ": a bitmap's name has 1 to 1023 bytes, not " + name.length);
    }
    for (BitmapEntry entry : entries) {
      if (entry.name().equals(add.name())) {
        throw new DiskFormatException(storage.name() + ": bitmap already exists: " + add.name());
      }
    }
    if (entries.size() == BitmapDirectory.MAX_BITMAPS) {
      throw new DiskFormatException(storage.name() + ": has as many bitmaps as there can be");
    }
    if (header.size() == 0) {
      throw BitmapTable.noBits(storage);
    }
    long granularity =
        add.granularity().orElse(Math.clamp(header.clusterSize(), LEAST_DEFAULT, MOST_DEFAULT));
    if (Long.bitCount(granularity) != 1
        || granularity < LEAST_GRANULARITY
        || granularity > MOST_GRANULARITY) {
      throw new IllegalArgumentException(
          storage.name()
              + ": granularity must be a power of two from 512 to 2 GiB, not "
              + granularity);
    }
    int bits = Long.numberOfTrailingZeros(granularity);
    int length = BitmapTable.entries(header, bits);
    BitmapEntry made =
        new BitmapEntry(
            -1,
            0,
            0,
            add.enabled() ? BitmapEntry.AUTO : 0,
            BitmapEntry.DIRTY_TRACKING,
            bits,
            0,
            new String(name, StandardCharsets.ISO_8859_1));
    entries.add(made.withTable(store.writeTable(new long[length]), length));
    store.replaceDirectory(entries);
  }

  // New tables

  /**
   * Gives a bitmap a new table.
   *
   * @param added what it is to record besides what it does, or null for nothing at all
   */
  private void replaceTable(BitmapTable old, @Nullable DirtyCursor added) throws IOException {
    BitmapEntry entry = old.bitmap();
    long[] table = new long[entry.tableEntries()];
    if (added != null) {
      DirtyBits bits = old.noBits();
      for (DirtyCursor.Range range = added.next(); range != null; range = added.next()) {
        long end = Math.min(range.end(), header.size());
        bits.add(range.offset(), end - range.offset());
      }
      for (int i = 0; i < table.length; i++) {
        table[i] = merged(old, i, bits);
      }
    }
    store.forget(entry);
    entries.set(index(entry.name()), entry.withTable(store.writeTable(table), table.length));
    store.replaceDirectory(entries);
  }

  /** Returns an entry of a new table: its bits are written to where nothing is. */
  private long merged(BitmapTable old, int index, DirtyBits added) throws IOException {
    long entry = old.entry(index);
    BitmapTable.Part part = BitmapTable.part(entry);
    if (part == BitmapTable.Part.ONES || (part == BitmapTable.Part.ZEROES && !added.has(index))) {
      return entry;
    }
    byte[] bits = old.bits(entry);
    added.addTo(index, bits);
    return store.writeBits(bits);
  }
}
