package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads what a stream has between its header and its first grain: the descriptor, and tables, if
 * these come first.
 */
final class StreamFront {
  private static final int PIECE = 1 << 16;

  private final SectorInput in;
  private final SparseHeader header;
  private final TableSums sums;
  private final byte[] descriptor;

  /** Where the directory begins, and ends; the same if it is not in here. */
  private final long directoryStart;

  private final long directoryEnd;

  /** The part of the directory that was read. */
  private int[] tables = {};

  private int tablesRead;

  /** The tables that are still to come, in the order in which they do. */
  private long[] tableStarts = {};

  private int nextTable;

  /** Whether a table passed before the directory named it. */
  private boolean missedTable;

  private StreamFront(String name, SectorInput in, SparseHeader header, TableSums sums)
      throws IOException {
    this.in = in;
    this.header = header;
    this.sums = sums;
    long end = StreamScan.start(header) << ExtentLine.SECTOR_BITS;
    long start = header.directory() << ExtentLine.SECTOR_BITS;
    boolean here = header.directory() > 0 && start < end;
    this.directoryStart = here ? start : end;
    this.directoryEnd = here ? start + (header.tables() << GrainMap.ENTRY_BITS) : end;
    long length = header.descriptorSectors() << ExtentLine.SECTOR_BITS;
    if (length > DescriptorPlace.LONGEST) {
      throw new UnsupportedFeatureException(name, "a VMDK descriptor of " + length + " bytes");
    }
    this.descriptor = new byte[(int) length];
    if (directoryEnd > end) {
      throw new CorruptImageException(
          name, "grain directory", directoryStart, "goes on where grains begin, at " + end);
    }
  }

  /**
   * What comes first.
   *
   * @param descriptor its text
   * @param hasTables whether all tables were seen, and counted
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Content(byte[] descriptor, boolean hasTables) {}

  /**
   * Reads up to the first grain.
   *
   * @param header which was read already
   * @param sums counts the tables' entries
   */
  static Content read(String name, SectorInput in, SparseHeader header, TableSums sums)
      throws IOException {
    StreamFront front = new StreamFront(name, in, header, sums);
    front.run(StreamScan.start(header) << ExtentLine.SECTOR_BITS);
    boolean hasTables =
        front.directoryEnd > front.directoryStart
            && !front.missedTable
            && front.nextTable == front.tableStarts.length
            && front.tableStarts.length > 0;
    return new Content(front.descriptor, hasTables);
  }

  private void run(long end) throws IOException {
    while (in.position() < end) {
      long position = in.position();
      byte[] piece = new byte[(int) Math.min(PIECE, end - position)];
      in.read("what comes before the grains", piece);
      take(piece, position);
    }
  }

  private void take(byte[] piece, long position) {
    long end = position + piece.length;
    long descriptorStart = header.descriptor() << ExtentLine.SECTOR_BITS;
    long from = Math.max(position, descriptorStart);
    long to = Math.min(end, descriptorStart + descriptor.length);
    if (from < to) {
      System.arraycopy(
          piece,
          (int) (from - position),
          descriptor,
          (int) (from - descriptorStart),
          (int) (to - from));
    }
    from = Math.max(position, directoryStart);
    to = Math.min(end, directoryEnd);
    if (from < to) {
      takeDirectory(ByteBuffer.wrap(piece, (int) (from - position), (int) (to - from)));
      if (to == directoryEnd) {
        placeTables(position);
      }
    }
    takeTables(piece, position);
  }

  private void takeDirectory(ByteBuffer entries) {
    ByteBuffer ordered = entries.order(ByteOrder.LITTLE_ENDIAN);
    int count = ordered.remaining() / Integer.BYTES;
    tables = Arrays.copyOf(tables, Math.max(tables.length, tablesRead + count));
    for (int i = 0; i < count; i++) {
      tables[tablesRead++] = ordered.getInt();
    }
  }

  private void placeTables(long position) {
    tableStarts =
        Arrays.stream(tables)
            .mapToLong(Integer::toUnsignedLong)
            .filter(sector -> sector > 0)
            .map(sector -> sector << ExtentLine.SECTOR_BITS)
            .sorted()
            .toArray();
    missedTable = tableStarts.length > 0 && tableStarts[0] < position;
  }

  private void takeTables(byte[] piece, long position) {
    long end = position + piece.length;
    long length = header.tableEntries() << GrainMap.ENTRY_BITS;
    while (nextTable < tableStarts.length && tableStarts[nextTable] < end) {
      long from = Math.max(position, tableStarts[nextTable]);
      long to = Math.min(end, tableStarts[nextTable] + length);
      if (from < to) {
        sums.tables(piece, (int) (from - position), (int) (to - position));
      }
      if (tableStarts[nextTable] + length > end) {
        return;
      }
      nextTable++;
    }
  }
}
