package io.diskformat.vmdk;

import io.diskformat.CheckReport;
import io.diskformat.maintenance.CappedProgress;
import io.diskformat.maintenance.OwnerCounts;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Checks the tables of a space-efficient sparse extent: that the parts of the file which the header
 * names do not overlap, that each table and each grain is within its part and within the file, and
 * that each has one owner. What of the file is free is recorded where only its maker reads it, so
 * no leak is looked for.
 */
final class SeSparseCheck {
  private static final int ENTRY = Long.BYTES;
  private static final long TABLE_ENTRIES = 1L << SeSparseHeader.TABLE_BITS;
  private static final long TABLE_SIZE = 1L << SeSparseHeader.TABLE_SIZE_BITS;
  private static final long GRAIN = 1L << SeSparseHeader.GRAIN_BITS;

  /** The size of the pieces in which the directory is read, in entries. */
  private static final int PIECE = 1 << 13;

  /** The most tables of a file: 16 times as many as the largest disk of ESXi has. */
  private static final long MOST_TABLES = 1 << 26;

  /** A part of the file. */
  private record Part(String name, long start, long length) {
    long end() {
      return start + length;
    }
  }

  private final Storage storage;
  private final SeSparseHeader header;
  private final String file;
  private final CheckReport.Builder report;
  private final CappedProgress progress;
  private final long fileSize;

  /** The tables that a directory entry led to. */
  private final BitSet tables = new BitSet();

  /** Whether this is the first pass over the tables, which reports what is wrong. */
  private boolean first = true;

  /** The position at which the last grain ended, or -1 if there was none. */
  private long lastEnd = -1;

  private SeSparseCheck(
      Storage storage,
      SeSparseHeader header,
      String file,
      CheckReport.Builder report,
      CappedProgress progress)
      throws IOException {
    this.storage = storage;
    this.header = header;
    this.file = file;
    this.report = report;
    this.progress = progress;
    this.fileSize = storage.size();
  }

  /**
   * Checks an extent.
   *
   * @param file what the names of structures begin with: the name of the extent's file, or nothing
   */
  static void run(
      Storage storage,
      SeSparseHeader header,
      String file,
      CheckReport.Builder report,
      CappedProgress progress)
      throws IOException {
    new SeSparseCheck(storage, header, file, report, progress).run();
  }

  private void run() throws IOException {
    checkParts();
    long there = Math.max(0, Math.min(header.grainsLength(), fileSize - header.grains()));
    // The directory is read even if there is no place for a grain.
    OwnerCounts counts = new OwnerCounts(Math.max(1, there / GRAIN), 1);
    while (counts.nextWindow()) {
      tables.clear();
      checkDirectory(counts);
      first = false;
    }
  }

  private void wrong(String structure, long position, String found, String expected) {
    if (first) {
      report.corruption(file + structure, position, found, expected);
    }
  }

  private void checkParts() throws IOException {
    List<Part> parts = new ArrayList<>();
    SeSparseHeader.parts(storage)
        .forEach((name, range) -> parts.add(new Part(name, range[0], range[1])));
    parts.removeIf(part -> part.length() == 0);
    parts.sort(Comparator.comparingLong(Part::start));
    for (int i = 1; i < parts.size(); i++) {
      Part part = parts.get(i);
      Part before = parts.get(i - 1);
      if (part.start() < before.end()) {
        wrong(
            part.name(),
            part.start(),
            "begins within the " + before.name() + ", which ends at " + before.end(),
            "a place of its own");
      }
    }
  }

  private void checkDirectory(OwnerCounts counts) throws IOException {
    long entries = Math.ceilDiv(Math.ceilDiv(header.size(), GRAIN), TABLE_ENTRIES);
    for (long at = 0; at < entries; at += PIECE) {
      long position = header.directory() + at * ENTRY;
      int count = (int) Math.min(PIECE, entries - at);
      ByteBuffer piece = read(position, count * ENTRY);
      for (int i = 0; i < count; i++) {
        long entry = piece.getLong(i * ENTRY);
        if (entry != 0) {
          checkTable(at + i, entry, position + (long) i * ENTRY, counts);
        }
      }
    }
  }

  private ByteBuffer read(long position, int length) throws IOException {
    return storage.read(position, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void checkTable(long table, long entry, long position, OwnerCounts counts)
      throws IOException {
    progress.add(TABLE_SIZE);
    String name = "grain directory entry " + table;
    if (!SeSparseMap.isTable(entry, header)) {
      wrong(name, position, "0x" + Long.toHexString(entry), "one of the file's grain tables");
      return;
    }
    long number = SeSparseMap.tableNumber(entry);
    long start = header.tables() + (number << SeSparseHeader.TABLE_SIZE_BITS);
    if (start + TABLE_SIZE > fileSize || number >= MOST_TABLES) {
      wrong(name, position, "a grain table at " + start, "one within the file");
      return;
    }
    if (tables.get((int) number)) {
      wrong(name, position, "grain table " + number + ", which an earlier entry has", "its own");
      return;
    }
    tables.set((int) number);
    long grain = table << SeSparseHeader.TABLE_BITS;
    int count = (int) Math.min(TABLE_ENTRIES, Math.ceilDiv(header.size(), GRAIN) - grain);
    ByteBuffer entries = read(start, count * ENTRY);
    for (int i = 0; i < count; i++) {
      long of = entries.getLong(i * ENTRY);
      if (of != 0) {
        checkGrain(grain + i, of, start + (long) i * ENTRY, counts);
      }
    }
  }

  private void checkGrain(long grain, long entry, long position, OwnerCounts counts) {
    String name = "grain table entry " + grain;
    if (!SeSparseMap.isStored(entry)) {
      if (!SeSparseMap.isZero(entry)) {
        wrong(name, position, "0x" + Long.toHexString(entry), "an entry of a known kind");
      }
      return;
    }
    long number = SeSparseMap.grain(entry);
    long start = header.grains() + (number << SeSparseHeader.GRAIN_BITS);
    if (number >= header.grainsLength() / GRAIN || start + GRAIN > fileSize) {
      wrong(name, position, "grain " + number + " of the file", "one within the file");
      return;
    }
    if (counts.covers(number) && counts.get(number) > 0) {
      report.corruption(
          file + name, position, "grain " + number + ", which an earlier one has", "its own");
      return;
    }
    counts.add(number, 1);
    if (first) {
      report.allocatedCluster(lastEnd >= 0 && start != lastEnd, false);
      lastEnd = start + GRAIN;
    }
  }
}
