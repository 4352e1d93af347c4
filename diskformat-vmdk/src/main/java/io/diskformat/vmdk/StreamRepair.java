package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Makes the tables of a stream anew, out of the markers of its grains: at the end of the file, and
 * durable before the header, in one write of a sector, says that they are there. So nothing that is
 * needed to read the stream as it was is changed before that.
 */
final class StreamRepair {
  private static final long LAST_SECTOR = 0xffff_ffffL;

  private final Storage storage;
  private final SparseHeader header;

  StreamRepair(Storage storage, SparseHeader header) {
    this.storage = storage;
    this.header = header;
  }

  /**
   * Makes the tables, unless the grains cannot be found by their markers, or not all of those that
   * the present tables have.
   */
  void correct() throws IOException {
    if (!header.hasMarkers()) {
      return;
    }
    long[] grains;
    try {
      grains = StreamScan.grains(storage, header);
    } catch (CorruptImageException e) {
      // The check reports what is wrong.
      return;
    }
    if (hasMore(grains)) {
      return;
    }
    long directory = write(grains);
    if (directory > 0) {
      storage.flush(RepairStep.COPIES);
      new HostedFields(storage, header, true).directories(new long[] {directory}, header.tables());
      storage.flush(RepairStep.ENTRIES);
    }
  }

  /** Returns whether the present tables have a grain that was not found. */
  private boolean hasMore(long[] grains) throws IOException {
    SparseHeader placed =
        header.directory() == SparseHeader.AT_END
            ? StreamFooter.find(storage, header).orElse(null)
            : header;
    if (placed == null) {
      return false;
    }
    ExtentTables tables = ExtentTables.hosted(storage, placed, false);
    ExtentTables.Directory directory = tables.directories().getFirst();
    for (int table = 0; table < directory.tables.length; table++) {
      if (!directory.has(table)) {
        continue;
      }
      ByteBuffer entries = tables.entries(directory, table);
      for (int i = 0; i < tables.count(table); i++) {
        long entry = Integer.toUnsignedLong(entries.getInt(i * Integer.BYTES));
        long grain = table * header.tableEntries() + i;
        if (GrainMap.isStored(entry)
            && StreamCheck.problem(storage, header, grain, entry) == null
            && Arrays.binarySearch(grains, GrainStreams.descriptor(grain, entry)) < 0) {
          return true;
        }
      }
    }
    return false;
  }

  /** Writes tables and directory; returns where that begins, or 0 if there is no room. */
  private long write(long[] grains) throws IOException {
    int[] directory = new int[(int) header.tables()];
    long end = Math.ceilDiv(storage.size(), SparseHeader.LENGTH) << ExtentLine.SECTOR_BITS;
    int size = (int) header.tableEntries() * Integer.BYTES;
    for (int i = 0; i < grains.length; ) {
      int table = (int) ((grains[i] >>> 32) / header.tableEntries());
      ByteBuffer entries = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
      for (; i < grains.length && (grains[i] >>> 32) / header.tableEntries() == table; i++) {
        int at = (int) ((grains[i] >>> 32) % header.tableEntries()) * Integer.BYTES;
        entries.putInt(at, (int) grains[i]);
      }
      storage.write(end, MemorySegment.ofBuffer(entries));
      directory[table] = (int) (end >>> ExtentLine.SECTOR_BITS);
      end += Math.ceilDiv(size, SparseHeader.LENGTH) << ExtentLine.SECTOR_BITS;
    }
    if (end >>> ExtentLine.SECTOR_BITS > LAST_SECTOR) {
      return 0;
    }
    ByteBuffer entries =
        ByteBuffer.allocate(directory.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    entries.asIntBuffer().put(directory);
    storage.write(end, MemorySegment.ofBuffer(entries));
    storage.resize(Math.ceilDiv(storage.size(), SparseHeader.LENGTH) << ExtentLine.SECTOR_BITS);
    return end;
  }
}
