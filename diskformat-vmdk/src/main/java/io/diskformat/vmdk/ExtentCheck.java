package io.diskformat.vmdk;

import io.diskformat.CheckReport;
import io.diskformat.maintenance.CappedProgress;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Checks the tables of a sparse extent of plain grains: that directories and tables are within the
 * file and apart from everything else, that the redundant ones agree with the others, and that each
 * grain is within the file and has one owner. What the host stores of the file without an owner has
 * leaked.
 */
final class ExtentCheck {
  private final ExtentTables tables;
  private final ExtentTables.Shape shape;
  private final boolean unclean;
  private final String file;
  private final CheckReport.Builder report;
  private final CappedProgress progress;

  /** The position at which the last grain ended, or -1 if there was none. */
  private long lastEnd = -1;

  private ExtentCheck(
      ExtentTables tables,
      boolean unclean,
      String file,
      CheckReport.Builder report,
      CappedProgress progress) {
    this.tables = tables;
    this.shape = tables.shape();
    this.unclean = unclean;
    this.file = file;
    this.report = report;
    this.progress = progress;
  }

  /**
   * Checks an extent.
   *
   * @param unclean whether it was not closed, so that redundant tables may differ and either is
   *     right
   * @param file what the names of structures begin with: the name of the extent's file, or nothing
   */
  static void run(
      ExtentTables tables,
      boolean unclean,
      String file,
      CheckReport.Builder report,
      CappedProgress progress)
      throws IOException {
    ExtentCheck check = new ExtentCheck(tables, unclean, file, report, progress);
    for (ExtentTables.Directory directory : tables.directories()) {
      check.checkDirectory(directory);
    }
    for (int table = 0; table < check.shape.tables(); table++) {
      check.checkTable(table);
    }
    check.checkOwners();
  }

  private void wrong(String structure, long position, String found, String expected) {
    report.corruption(file + structure, position, found, expected);
  }

  private void checkDirectory(ExtentTables.Directory directory) {
    if (!tables.isInFile(directory)) {
      wrong(
          directory.name,
          directory.position,
          shape.tables() + " entries, not all of them within the file",
          "a directory within the file, which has " + tables.fileSize() + " bytes");
      return;
    }
    for (int table = 0; table < shape.tables(); table++) {
      if (directory.isBad(table)) {
        wrong(
            directory.name + " entry " + table,
            directory.entryPosition(table),
            "a grain table at " + directory.table(table),
            "one within the file, where nothing else is");
      }
    }
  }

  private void checkTable(int table) throws IOException {
    progress.add(shape.entries() * Integer.BYTES);
    ExtentTables.Directory read = tables.of(table);
    if (read == null) {
      return;
    }
    ByteBuffer entries = tables.entries(read, table);
    if (tables.areTwo()) {
      compare(read, table, entries);
    }
    long first = table * shape.entries();
    for (int i = 0; i < tables.count(table); i++) {
      long entry = Integer.toUnsignedLong(entries.getInt(i * Integer.BYTES));
      if (entry != GrainMap.NONE) {
        checkEntry(first + i, entry, read.table(table) + (long) i * Integer.BYTES);
      }
    }
  }

  private void compare(ExtentTables.Directory read, int table, ByteBuffer entries)
      throws IOException {
    ExtentTables.Directory redundant = tables.directories().getLast();
    if (redundant == read || !redundant.has(table)) {
      ExtentTables.Directory lacking =
          redundant == read ? tables.directories().getFirst() : redundant;
      if (!lacking.isBad(table)) {
        differs(
            lacking.name + " entry " + table,
            lacking.entryPosition(table),
            "no grain table",
            "one, as in the " + read.name);
      }
      return;
    }
    ByteBuffer others = tables.entries(redundant, table);
    for (int at = 0; at < entries.capacity(); at += Integer.BYTES) {
      int entry = entries.getInt(at);
      int other = others.getInt(at);
      if (entry != other) {
        differs(
            "redundant grain table entry " + (table * shape.entries() + at / Integer.BYTES),
            redundant.table(table) + at,
            "sector " + Integer.toUnsignedString(other),
            "sector " + Integer.toUnsignedString(entry) + ", as in the grain table");
      }
    }
  }

  private void differs(String structure, long position, String found, String expected) {
    if (unclean) {
      // The next writer makes them alike.
      report.leak(file + structure, position, found, expected);
    } else {
      wrong(structure, position, found, expected);
    }
  }

  private void checkEntry(long grain, long entry, long position) {
    String problem = tables.problem(entry);
    if (problem != null) {
      wrong(name(grain), position, problem, "a grain of its own within the file, or none");
      return;
    }
    if (!GrainMap.isStored(entry)) {
      return;
    }
    long start = entry << ExtentLine.SECTOR_BITS;
    report.allocatedCluster(lastEnd >= 0 && start != lastEnd, false);
    lastEnd = start + shape.grain();
    long shown = tables.shown(grain);
    if (start + shown > tables.fileSize()) {
      wrong(
          name(grain),
          position,
          "a grain that ends at " + (start + shown) + ", beyond the end of the file",
          "a file of as many bytes");
    }
    if (file.isEmpty()) {
      report.usedUpTo(Math.min(lastEnd, tables.fileSize()));
    }
  }

  private static String name(long grain) {
    return "grain table entry " + grain;
  }

  /** Finds grains with several owners, and what has none. */
  private void checkOwners() throws IOException {
    GrainOwners.visit(
        tables,
        new GrainOwners.Visitor() {
          @Override
          public void goesOn() throws IOException {
            progress.add(0);
          }

          @Override
          public void shared(int table, int index, long entry) {
            ExtentTables.Directory read = tables.of(table);
            wrong(
                name(table * shape.entries() + index),
                read == null ? -1 : read.table(table) + (long) index * Integer.BYTES,
                "a grain at " + (entry << ExtentLine.SECTOR_BITS) + ", where an earlier one is",
                "a place of its own");
          }

          @Override
          public void leaked(long start, long end) {
            report.leak(
                file + "place of a grain", start, "not free, and in no grain table", "one owner");
          }
        });
  }
}
