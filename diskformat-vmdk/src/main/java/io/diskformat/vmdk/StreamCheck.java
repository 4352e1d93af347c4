package io.diskformat.vmdk;

import io.diskformat.CheckReport;
import io.diskformat.maintenance.CappedProgress;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Checks the tables of an extent of compressed grains: that each entry leads to a record within the
 * file, of that grain where there are markers, and to none twice. The streams are not decompressed.
 */
final class StreamCheck {
  private final Storage storage;
  private final SparseHeader header;
  private final ExtentTables tables;
  private final String file;
  private final CheckReport.Builder report;
  private final CappedProgress progress;
  private long last;

  private StreamCheck(
      Storage storage,
      SparseHeader header,
      ExtentTables tables,
      String file,
      CheckReport.Builder report,
      CappedProgress progress) {
    this.storage = storage;
    this.header = header;
    this.tables = tables;
    this.file = file;
    this.report = report;
    this.progress = progress;
  }

  /**
   * Checks an extent.
   *
   * @param header that says where the tables are: the footer, if there is one
   * @param file what the names of structures begin with
   */
  static void run(
      Storage storage,
      SparseHeader header,
      String file,
      CheckReport.Builder report,
      CappedProgress progress)
      throws IOException {
    ExtentTables tables = ExtentTables.hosted(storage, header, false);
    StreamCheck check = new StreamCheck(storage, header, tables, file, report, progress);
    ExtentTables.Directory directory = tables.directories().getFirst();
    if (!tables.isInFile(directory)) {
      report.corruption(
          file + directory.name,
          directory.position,
          header.tables() + " entries, not all of them within the file",
          "a directory within the file, which has " + tables.fileSize() + " bytes");
      return;
    }
    for (int table = 0; table < header.tables(); table++) {
      check.checkTable(directory, table);
    }
  }

  private void checkTable(ExtentTables.Directory directory, int table) throws IOException {
    progress.add(header.tableEntries() * Integer.BYTES);
    if (directory.isBad(table)) {
      report.corruption(
          file + directory.name + " entry " + table,
          directory.entryPosition(table),
          "a grain table at " + directory.table(table),
          "one within the file, where nothing else is");
    }
    if (!directory.has(table)) {
      return;
    }
    ByteBuffer entries = tables.entries(directory, table);
    long[] sectors = new long[entries.capacity() / Integer.BYTES];
    int count = 0;
    for (int i = 0; i < sectors.length; i++) {
      long entry = Integer.toUnsignedLong(entries.getInt(i * Integer.BYTES));
      long grain = table * header.tableEntries() + i;
      if (entry == GrainMap.NONE || (entry == GrainMap.ZEROED && header.hasZeroedGrains())) {
        continue;
      }
      String problem = problem(storage, header, grain, entry);
      if (problem != null) {
        report.corruption(
            file + "grain table entry " + grain,
            directory.table(table) + (long) i * Integer.BYTES,
            "sector " + entry + ": " + problem,
            "the record of that grain");
        continue;
      }
      report.allocatedCluster(entry < last, true);
      last = entry;
      sectors[count++] = entry;
    }
    checkOnce(directory, table, Arrays.copyOf(sectors, count));
  }

  /** Of records without markers, several grains may name one. */
  private void checkOnce(ExtentTables.Directory directory, int table, long[] sectors) {
    if (header.hasMarkers()) {
      return;
    }
    Arrays.sort(sectors);
    for (int i = 1; i < sectors.length; i++) {
      if (sectors[i] == sectors[i - 1]) {
        report.corruption(
            file + "grain table " + table,
            directory.table(table),
            "sector " + sectors[i] + " twice",
            "a record of its own for each grain");
      }
    }
  }

  /** Returns why a sector is not where the record of a grain begins, or null if it is. */
  static @Nullable String problem(Storage storage, SparseHeader header, long grain, long entry)
      throws IOException {
    int start = header.hasMarkers() ? GrainStreams.MARKED_START : GrainStreams.UNMARKED_START;
    long position = entry << ExtentLine.SECTOR_BITS;
    if (position > storage.size() - start) {
      return "beyond the end of the file";
    }
    ByteBuffer record = storage.read(position, start).order(ByteOrder.LITTLE_ENDIAN);
    if (header.hasMarkers() && record.getLong(0) != grain * header.grainSectors()) {
      return "a record of sector " + Long.toUnsignedString(record.getLong(0)) + " of the disk";
    }
    long length = Integer.toUnsignedLong(record.getInt(start - Integer.BYTES));
    if (length == 0 || length > GrainStreams.mostBytes(1L << header.grainBits())) {
      return "a stream of " + length + " bytes";
    }
    if (length > storage.size() - position - start) {
      return "a stream that ends beyond the end of the file";
    }
    return null;
  }
}
