package io.diskformat.vmdk;

import io.diskformat.layer.PaddedCopy;
import io.diskformat.maintenance.Interruption;
import io.diskformat.storage.Storage;
import io.diskformat.table.Word;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves the tables and directories of an extent that are among its grains to where places are free,
 * so that they do not keep the file long. A table is the same before and after, and so three steps
 * leave an extent that is whole at each instant: copies, durable; entries of directories, or longer
 * ones made anew, and the header that says where these are; and only then the old places are free.
 */
final class TableMoves {
  /** The most tables to move: an extent of several TiB with tiny tables has that number. */
  private static final int MOST = 1 << 20;

  private final Storage storage;
  private final ExtentFields fields;
  private final GrainTables tables;
  private final GrainAllocator allocator;
  private final SparseWriter writer;

  /** The new positions of tables, by the positions of the directory entries that point to them. */
  private final Map<Long, Long> moved = new HashMap<>();

  /**
   * A table or a directory that may move.
   *
   * @param position where it is, in bytes
   * @param entry where the entry is that says so; of a directory, -1
   * @param directory which one it is, or belongs to
   */
  private record Piece(long position, long entry, int directory) {}

  TableMoves(SparseWriter writer) {
    this.storage = writer.storage();
    this.fields = writer.fields();
    this.tables = writer.tables();
    this.allocator = writer.allocator();
    this.writer = writer;
  }

  /** Moves what can be; nothing waits to be written or to be free. */
  void run() throws IOException {
    List<Piece> pieces = pieces();
    if (pieces.isEmpty() || pieces.size() > MOST) {
      return;
    }
    long[] positions =
        tables.directories().stream().mapToLong(GrainTables.Directory::position).toArray();
    long[] before = positions.clone();
    copy(pieces, positions);
    if (moved.isEmpty() && Arrays.equals(positions, before)) {
      return;
    }
    for (int i = 0; i < positions.length; i++) {
      if (positions[i] != before[i]) {
        writeDirectory(before[i], positions[i]);
      }
    }
    writer.barrier(WriteStep.MOVED_TABLES);
    pointTo(before, positions);
    // The flush begins with a barrier, before which nothing is written to the old places.
    writer.flush();
    writer.directoriesMoved(positions, tables.count());
    // The scan finds that the old places are free.
    writer.tablesCut(tables.count());
  }

  /** Returns what is among the grains, the last one first. */
  private List<Piece> pieces() throws IOException {
    List<Piece> pieces = new ArrayList<>();
    List<GrainTables.Directory> directories = tables.directories();
    for (int i = 0; i < directories.size(); i++) {
      GrainTables.Directory directory = directories.get(i);
      if (directory.position() >= fields.firstGrain()) {
        pieces.add(new Piece(directory.position(), -1, i));
      }
      for (long table = 0; table < tables.count() && pieces.size() <= MOST; table++) {
        long position = directory.table(table);
        if (position >= fields.firstGrain()) {
          long entry = directory.position() + (table << GrainMap.ENTRY_BITS);
          pieces.add(new Piece(position, entry, i));
        }
      }
    }
    pieces.sort(Comparator.comparingLong(Piece::position).reversed());
    return pieces;
  }

  private long length(Piece piece) {
    return piece.entry() < 0 ? tables.count() << GrainMap.ENTRY_BITS : tables.tableSize();
  }

  /** Copies pieces to free places, several into each as far as there is room. */
  private void copy(List<Piece> pieces, long[] positions) throws IOException {
    long room = 0;
    long next = 0;
    for (Piece piece : pieces) {
      Interruption.check();
      long length = wholeSectors(length(piece));
      if (length > room || next + length > piece.position()) {
        next = allocator.allocateBefore(piece.position(), length);
        if (next < 0) {
          return;
        }
        room = Math.ceilDiv(length, tables.grainSize()) * tables.grainSize();
      }
      PaddedCopy.within(storage, piece.position(), next, length(piece));
      if (piece.entry() < 0) {
        positions[piece.directory()] = next;
      } else {
        moved.put(piece.entry(), next);
      }
      next += length;
      room -= length;
    }
  }

  private static long wholeSectors(long bytes) {
    return Math.ceilDiv(bytes, SparseHeader.LENGTH) * SparseHeader.LENGTH;
  }

  /** Makes the copy of a directory say where tables are now. */
  private void writeDirectory(long from, long to) throws IOException {
    long end = from + (tables.count() << GrainMap.ENTRY_BITS);
    for (Map.Entry<Long, Long> table : moved.entrySet()) {
      if (table.getKey() >= from && table.getKey() < end) {
        long sector = table.getValue() >>> ExtentLine.SECTOR_BITS;
        Word.LITTLE_ENDIAN_32.write(storage, to + table.getKey() - from, sector);
      }
    }
  }

  /** Makes directories, and the header, say where things are now. */
  private void pointTo(long[] before, long[] positions) throws IOException {
    for (int i = 0; i < positions.length; i++) {
      if (positions[i] == before[i]) {
        writeDirectory(before[i], before[i]);
      }
    }
    if (!Arrays.equals(positions, before)) {
      fields.directories(positions, tables.count());
    }
  }
}
