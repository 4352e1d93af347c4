package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.spi.TextField;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The entries of a snapshot table as they are recorded, however wrong: for a check. {@link
 * SnapshotTable} draws an entry.
 */
final class SnapshotRecords {
  /** The most bytes of a name that are shown. */
  private static final int MAX_TEXT = 255;

  /**
   * An entry of the table.
   *
   * @param position where it is in the file
   * @param l1Position where it says that its L1 table is
   * @param l1Entries how many entries it says that this has, at most 2 to the 32
   * @param extraLength of its extra data, in bytes
   */
  record Entry(
      long position,
      long l1Position,
      long l1Entries,
      int extraLength,
      int idLength,
      int nameLength) {

    /** Returns its identifier up to a zero byte, and not all of it if it is long. */
    String id(CheckedFile file) throws IOException {
      return text(file, position + SnapshotTable.RECORD_LENGTH + extraLength, idLength);
    }

    /** Returns its name, in the same way. */
    String name(CheckedFile file) throws IOException {
      return text(
          file, position + SnapshotTable.RECORD_LENGTH + extraLength + idLength, nameLength);
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  private long end;

  private SnapshotRecords(long start) {
    this.end = start;
  }

  /**
   * Reads the table.
   *
   * @throws CorruptImageException if where an entry ends cannot be found out
   * @throws IOException if it cannot be read
   */
  static SnapshotRecords read(CheckedFile file) throws IOException {
    Storage storage = file.storage();
    Qcow2Header header = file.header();
    long start = header.snapshotsPosition();
    SnapshotRecords records = new SnapshotRecords(start);
    for (int i = 0; i < header.snapshotCount(); i++) {
      records.add(file, i);
      if (records.end - start > SnapshotTable.MAX_TABLE) {
        throw new CorruptImageException(
            storage.name(), "snapshot table", start, "is larger than 64 MiB");
      }
    }
    return records;
  }

  private void add(CheckedFile file, int index) throws IOException {
    long at = (end + 7) & -8;
    byte[] record = new byte[SnapshotTable.RECORD_LENGTH];
    file.read(at, record, SnapshotTable.RECORD_LENGTH);
    ByteBuffer fields = ByteBuffer.wrap(record);
    int idLength = fields.getShort(12) & 0xffff;
    int nameLength = fields.getShort(14) & 0xffff;
    int extraLength = fields.getInt(36);
    if (extraLength < 0 || extraLength > SnapshotTable.MAX_EXTRA) {
      throw new CorruptImageException(
          file.storage().name(),
          "snapshot table",
          at,
          "snapshot number %d has %s bytes of extra data, more than 1024"
              .formatted(index, Integer.toUnsignedString(extraLength)));
    }
    long textAt = at + SnapshotTable.RECORD_LENGTH + extraLength;
    entries.add(
        new Entry(
            at,
            fields.getLong(0),
            Integer.toUnsignedLong(fields.getInt(8)),
            extraLength,
            idLength,
            nameLength));
    end = textAt + idLength + nameLength;
  }

  private static String text(CheckedFile file, long position, int length) throws IOException {
    byte[] bytes = new byte[Math.min(length, MAX_TEXT)];
    file.read(position, bytes, bytes.length);
    return TextField.read(ByteBuffer.wrap(bytes), 0, bytes.length, StandardCharsets.UTF_8);
  }

  List<Entry> entries() {
    return entries;
  }

  /** Returns where the table ends in the file. */
  long end() {
    return end;
  }
}
