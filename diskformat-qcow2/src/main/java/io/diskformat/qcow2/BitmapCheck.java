package io.diskformat.qcow2;

import io.diskformat.CheckReport.Kind;
import io.diskformat.CorruptImageException;
import java.io.IOException;
import java.util.List;

/** The persistent bitmaps of an image, as a check sees them. */
final class BitmapCheck {
  /** The reserved bits of an entry of a bitmap's table. */
  private static final long RESERVED = 0xff00_0000_0000_01feL;

  private final CheckedFile file;
  private BitmapDirectory.Place place = new BitmapDirectory.Place(0, 0, 0);
  private List<BitmapDirectory.Table> tables = List.of();
  private boolean readable = true;

  BitmapCheck(CheckedFile file) {
    this.file = file;
  }

  /** Receives the entries of tables that can be followed. */
  @FunctionalInterface
  private interface EntryVisitor {
    void entry(int table, long index, long position, long entry) throws IOException;
  }

  /** Reads the directory, and reports what is wrong with it. */
  void read(Findings findings) throws IOException {
    try {
      place = BitmapDirectory.place(file.storage(), file.header());
      if (!file.exceeds(place.position(), place.size())) {
        tables = BitmapDirectory.tables(file.storage(), place);
      }
    } catch (CorruptImageException e) {
      readable = false;
      findings.malformed(e);
    }
  }

  /** Returns whether everything that bitmaps refer to is known. */
  boolean isReadable() {
    return readable;
  }

  /** Visits all that bitmaps refer to and that is at a place where it can be. */
  void visit(RangeVisitor visitor) throws IOException {
    if (place.size() == 0) {
      return;
    }
    visitor.range("bitmap directory", 0, place.position(), place.size());
    for (int i = 0; i < tables.size(); i++) {
      BitmapDirectory.Table table = tables.get(i);
      visitor.range("bitmap table " + i, place.position(), table.position(), table.entries() * 8L);
    }
    visitEntries((table, index, position, entry) -> {
      long data = BitmapDirectory.data(entry);
      if (data != 0 && isSound(entry)) {
        visitor.range(name(table, index), position, data, file.header().clusterSize());
      }
    });
  }

  private void visitEntries(EntryVisitor visitor) throws IOException {
    for (int i = 0; i < tables.size(); i++) {
      BitmapDirectory.Table table = tables.get(i);
      int number = i;
      if (!file.exceeds(table.position(), table.entries() * 8L)) {
        file.visitWords(
            table.position(),
            table.entries(),
            (index, word) -> visitor.entry(number, index, table.position() + (index << 3), word));
      }
    }
  }

  private static String name(int table, long index) {
    return "entry " + index + " of bitmap table " + table;
  }

  private boolean isSound(long entry) {
    long data = BitmapDirectory.data(entry);
    return (entry & RESERVED) == 0
        && (data == 0 || ((entry & BitmapTable.ALL_ONES) == 0 && file.isAligned(data)));
  }

  /** Reports entries that make no sense. */
  void report(Findings findings) throws IOException {
    visitEntries((table, index, position, entry) -> {
      if (!isSound(entry)) {
        findings.corruption(
            Kind.MALFORMED,
            name(table, index),
            position,
            -1,
            "is 0x%x".formatted(entry),
            "a cluster of the file, or none",
            null);
      }
    });
  }
}
