package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.Snapshot;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The snapshot table. Section "Snapshots" of the specification.
 *
 * <pre>
 * entry, which begins at a multiple of 8
 * offset  size  field
 *    0      8   where the snapshot's L1 table is
 *    8      4   how many entries that has
 *   12      2   length of the identifier
 *   14      2   length of the name
 *   16      4   seconds since 1970 at which it was made
 *   20      4   and nanoseconds
 *   24      8   nanoseconds that the guest had run
 *   32      4   size of the guest's saved state, if there is no extra data
 *   36      4   length of the extra data
 *   40      ..  extra data, as far as it goes:
 *                 0   8   size of the guest's saved state
 *                 8   8   disk size
 *                16   8   instructions that the guest had executed, or -1
 *   ..      ..  identifier, name
 * </pre>
 */
final class SnapshotTable {
  static final int RECORD_LENGTH = 40;

  /** The length of the extra data that is drawn above, in bytes. */
  private static final int WRITTEN_EXTRA = 24;

  /** The length of the extra data that version 3 demands, in bytes. */
  static final int LEAST_EXTRA = 16;

  /** The most bytes of extra data that QEMU reads. */
  static final int MAX_EXTRA = 1024;

  /** The longest table that QEMU reads, in bytes. */
  static final long MAX_TABLE = 64 << 20;

  /** The most bytes of an identifier that are shown, as in QEMU. */
  private static final int MAX_ID = 127;

  /** The most bytes of a name that are shown, as in QEMU. */
  private static final int MAX_NAME = 255;

  /**
   * The most bytes of all identifiers and names together: all are in memory at once, and tools
   * write far less.
   */
  private static final long MAX_TEXT = 4 << 20;

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /**
   * An entry of the table.
   *
   * @param l1 the L1 table of the snapshot
   * @param position where the entry begins in the file, in bytes
   * @param length of the entry without padding, in bytes
   */
  record Entry(Snapshot snapshot, L1Table l1, long position, int length) {
    /** Returns whether an entry of another table is that of the same snapshot. */
    boolean isOf(Entry other) {
      return l1.equals(other.l1) && snapshot.id().equals(other.snapshot.id());
    }
  }

  private final List<Entry> entries;
  private final long end;

  private SnapshotTable(List<Entry> entries, long end) {
    this.entries = entries;
    this.end = end;
  }

  /**
   * Reads the table.
   *
   * @throws CorruptImageException if it contradicts the specification or the file
   * @throws IOException if it cannot be read
   */
  static SnapshotTable read(Storage storage, Qcow2Header header) throws IOException {
    return read(storage, header, storage::read);
  }

  /** Reads bytes of the table. */
  @FunctionalInterface
  interface Reader {
    /** Returns {@code length} bytes at a position of the file. */
    ByteBuffer read(long position, int length) throws IOException;
  }

  /**
   * Reads the table.
   *
   * @param reader reads what the file has there
   * @throws CorruptImageException if it contradicts the specification or the file
   * @throws IOException if it cannot be read
   */
  static SnapshotTable read(Storage storage, Qcow2Header header, Reader reader) throws IOException {
    List<Entry> entries = new ArrayList<>();
    long at = header.snapshotsPosition();
    long limit = at + MAX_TABLE;
    long text = 0;
    for (int i = 0; i < header.snapshotCount(); i++) {
      try {
        ByteBuffer fields = reader.read(at, RECORD_LENGTH);
        int idLength = fields.getShort(12) & 0xffff;
        int nameLength = fields.getShort(14) & 0xffff;
        int extraLength = fields.getInt(36);
        if (extraLength < 0 || extraLength > MAX_EXTRA) {
          throw corrupt(
              storage,
              at,
              i,
              Integer.toUnsignedString(extraLength) + " bytes of extra data, more than 1024");
        }
        ByteBuffer extra = reader.read(at + RECORD_LENGTH, extraLength);
        long textAt = at + RECORD_LENGTH + extraLength;
        ByteBuffer id = reader.read(textAt, Math.min(idLength, MAX_ID));
        ByteBuffer name = reader.read(textAt + idLength, Math.min(nameLength, MAX_NAME));
        text += id.limit() + name.limit();
        long end = textAt + idLength + nameLength;
        entries.add(entry(storage, header, at, i, fields, extra, id, name, (int) (end - at)));
        at = end + 7 & -8;
      } catch (EOFException e) {
        throw new CorruptImageException(
            storage.name(),
            "snapshot table",
            header.snapshotsPosition(),
            "ends with the file after " + i + " of " + header.snapshotCount() + " snapshots",
            e);
      }
      if (at > limit || text > MAX_TEXT) {
        throw corrupt(
            storage,
            header.snapshotsPosition(),
            i,
            "the table is larger than 64 MiB, or its names than 4 MiB");
      }
    }
    return new SnapshotTable(entries, at);
  }

  private static Entry entry(
      Storage storage,
      Qcow2Header header,
      long at,
      int index,
      ByteBuffer fields,
      ByteBuffer extra,
      ByteBuffer id,
      ByteBuffer name,
      int length)
      throws CorruptImageException {
    long l1Position = fields.getLong(0);
    int l1Entries = fields.getInt(8);
    if (l1Entries < 0
        || l1Entries * 8L > Qcow2Header.MAX_L1_BYTES
        || l1Position < 0
        || l1Position >= 1L << 56
        || (l1Position & header.clusterSize() - 1) != 0) {
      throw corrupt(
          storage,
          at,
          index,
          "an L1 table of %s entries at %s"
              .formatted(Integer.toUnsignedString(l1Entries), Long.toUnsignedString(l1Position)));
    }
    int extraLength = extra.limit();
    long vmStateSize =
        extraLength >= 8 ? extra.getLong(0) : Integer.toUnsignedLong(fields.getInt(32));
    long diskSize = extraLength >= 16 ? extra.getLong(8) & -512 : header.size();
    if (diskSize < 0) {
      throw corrupt(storage, at, index, "a disk of " + Long.toUnsignedString(diskSize) + " bytes");
    }
    return new Entry(
        new Snapshot(
            StandardCharsets.UTF_8.decode(id).toString(),
            StandardCharsets.UTF_8.decode(name).toString(),
            diskSize,
            vmStateSize,
            Instant.ofEpochSecond(
                Integer.toUnsignedLong(fields.getInt(16)),
                Integer.toUnsignedLong(fields.getInt(20))),
            vmClock(fields.getLong(24)),
            extraLength >= 24 ? extra.getLong(16) : -1),
        new L1Table(l1Position, l1Entries),
        at,
        length);
  }

  /**
   * Throws if a name cannot be that of a snapshot.
   *
   * @throws IllegalArgumentException if it is too long
   */
  static void checkName(String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    if (length > MAX_NAME || name.indexOf(0) >= 0) {
      throw new IllegalArgumentException(
          "the name of a snapshot has " + length + " bytes, more than " + MAX_NAME + ", or a NUL");
    }
  }

  /** Returns the entry of a new snapshot, as QEMU writes it. */
  static byte[] encode(Snapshot snapshot, L1Table l1) {
    byte[] id = snapshot.id().getBytes(StandardCharsets.UTF_8);
    byte[] name = snapshot.name().getBytes(StandardCharsets.UTF_8);
    long vmState = snapshot.vmStateSize();
    Instant date = snapshot.date();
    long seconds = date.getEpochSecond();
    int nanos = date.getNano();
    return ByteBuffer.allocate(RECORD_LENGTH + WRITTEN_EXTRA + id.length + name.length)
        .putLong(l1.position())
        .putInt(l1.entries())
        .putShort((short) id.length)
        .putShort((short) name.length)
        .putInt((int) seconds)
        .putInt(nanos)
        .putLong(snapshot.vmClock().toNanos())
        // A reader that ignores extra data had better see no state than a part of it.
        .putInt(vmState >>> 32 == 0 ? (int) vmState : 0)
        .putInt(WRITTEN_EXTRA)
        .putLong(vmState)
        .putLong(snapshot.diskSize())
        .putLong(snapshot.instructionCount())
        .put(id)
        .put(name)
        .array();
  }

  /**
   * Returns an entry as version 3 wants it, with the sizes of the disk and of the guest's saved
   * state in its extra data; the entry itself, if it has them.
   *
   * @param record the entry as it is recorded
   * @param snapshot what it says
   */
  static byte[] completed(byte[] record, Snapshot snapshot) {
    ByteBuffer fields = ByteBuffer.wrap(record);
    int extraLength = fields.getInt(36);
    if (extraLength >= LEAST_EXTRA) {
      return record;
    }
    int text = RECORD_LENGTH + extraLength;
    return ByteBuffer.allocate(record.length - extraLength + LEAST_EXTRA)
        .put(record, 0, RECORD_LENGTH)
        .putInt(36, LEAST_EXTRA)
        .putLong(snapshot.vmStateSize())
        .putLong(snapshot.diskSize())
        .put(record, text, record.length - text)
        .array();
  }

  private static Duration vmClock(long unsignedNanos) {
    return Duration.ofSeconds(
        Long.divideUnsigned(unsignedNanos, NANOS_PER_SECOND),
        Long.remainderUnsigned(unsignedNanos, NANOS_PER_SECOND));
  }

  private static CorruptImageException corrupt(
      Storage storage, long at, int index, String problem) {
    return new CorruptImageException(
        storage.name(), "snapshot table", at, "snapshot number " + index + ": " + problem);
  }

  List<Entry> entries() {
    return entries;
  }

  /** Returns where the table ends in the file. */
  long end() {
    return end;
  }

  List<Snapshot> snapshots() {
    return entries.stream().map(Entry::snapshot).toList();
  }

  /** Returns the L1 tables of the disk and of the snapshots. */
  List<L1Table> l1Tables(L1Table disk) {
    return Stream.concat(Stream.of(disk), entries.stream().map(Entry::l1)).toList();
  }

  /** Finds a snapshot by its identifier or, if none has that, by its name. */
  Optional<Entry> find(String idOrName) {
    Optional<Entry> byId =
        entries.stream().filter(e -> e.snapshot().id().equals(idOrName)).findFirst();
    return byId.isPresent()
        ? byId
        : entries.stream().filter(e -> e.snapshot().name().equals(idOrName)).findFirst();
  }
}
