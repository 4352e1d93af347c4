package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.Snapshot;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The snapshot table. Section "Snapshots" of the specification. */
final class SnapshotTable {
  private static final int RECORD_LENGTH = 40;
  private static final int MAX_EXTRA = 1024;
  private static final long MAX_TABLE = 64 << 20;
  private static final long MAX_L1_BYTES = 32 << 20;

  /** QEMU, too, tells no more of an identifier and of a name. */
  private static final int MAX_ID = 127;

  private static final int MAX_NAME = 255;

  /** All identifiers and names are held in memory at once. No tool writes nearly as many. */
  private static final long MAX_TEXT = 4 << 20;

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** A snapshot, and where its L1 table is. */
  record Entry(Snapshot snapshot, L1Table l1) {}

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
    List<Entry> entries = new ArrayList<>();
    long at = header.snapshotsOffset();
    long limit = at + MAX_TABLE;
    long text = 0;
    for (int i = 0; i < header.snapshotCount(); i++) {
      try {
        ByteBuffer fields = bytes(storage, at, RECORD_LENGTH);
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
        ByteBuffer extra = bytes(storage, at + RECORD_LENGTH, extraLength);
        long textAt = at + RECORD_LENGTH + extraLength;
        ByteBuffer id = bytes(storage, textAt, Math.min(idLength, MAX_ID));
        ByteBuffer name = bytes(storage, textAt + idLength, Math.min(nameLength, MAX_NAME));
        text += id.limit() + name.limit();
        entries.add(entry(storage, header, at, i, fields, extra, id, name));
        at = textAt + idLength + nameLength + 7 & -8;
      } catch (EOFException e) {
        throw new CorruptImageException(
            storage.name(),
            "snapshot table",
            header.snapshotsOffset(),
            "ends with the file after " + i + " of " + header.snapshotCount() + " snapshots",
            e);
      }
      if (at > limit || text > MAX_TEXT) {
        throw corrupt(
            storage,
            header.snapshotsOffset(),
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
      ByteBuffer name)
      throws CorruptImageException {
    long l1Offset = fields.getLong(0);
    int l1Entries = fields.getInt(8);
    if (l1Entries < 0
        || l1Entries * 8L > MAX_L1_BYTES
        || l1Offset < 0
        || l1Offset >= 1L << 56
        || (l1Offset & header.clusterSize() - 1) != 0) {
      throw corrupt(
          storage,
          at,
          index,
          "an L1 table of %s entries at %s"
              .formatted(Integer.toUnsignedString(l1Entries), Long.toUnsignedString(l1Offset)));
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
        new L1Table(l1Offset, l1Entries));
  }

  private static Duration vmClock(long unsignedNanos) {
    return Duration.ofSeconds(
        Long.divideUnsigned(unsignedNanos, NANOS_PER_SECOND),
        Long.remainderUnsigned(unsignedNanos, NANOS_PER_SECOND));
  }

  private static ByteBuffer bytes(Storage storage, long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    storage.read(position, MemorySegment.ofArray(bytes));
    return ByteBuffer.wrap(bytes);
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

  /** Finds a snapshot by its identifier or, if none has that, by its name. */
  Optional<Entry> find(String idOrName) {
    Optional<Entry> byId =
        entries.stream().filter(e -> e.snapshot().id().equals(idOrName)).findFirst();
    return byId.isPresent()
        ? byId
        : entries.stream().filter(e -> e.snapshot().name().equals(idOrName)).findFirst();
  }
}
