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
        int length = extraLength + idLength + nameLength;
        ByteBuffer rest = bytes(storage, at + RECORD_LENGTH, length);
        entries.add(entry(storage, header, at, i, fields, rest));
        at += RECORD_LENGTH + length + 7 & -8;
      } catch (EOFException e) {
        throw new CorruptImageException(
            storage.name(),
            "snapshot table",
            header.snapshotsOffset(),
            "ends with the file after " + i + " of " + header.snapshotCount() + " snapshots",
            e);
      }
      if (at > limit) {
        throw corrupt(storage, header.snapshotsOffset(), i, "the table is larger than 64 MiB");
      }
    }
    return new SnapshotTable(entries, at);
  }

  private static Entry entry(
      Storage storage, Qcow2Header header, long at, int index, ByteBuffer fields, ByteBuffer rest)
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
    int extraLength = fields.getInt(36);
    int idLength = fields.getShort(12) & 0xffff;
    int nameLength = fields.getShort(14) & 0xffff;
    long vmStateSize =
        extraLength >= 8 ? rest.getLong(0) : Integer.toUnsignedLong(fields.getInt(32));
    long diskSize = extraLength >= 16 ? rest.getLong(8) & -512 : header.size();
    if (diskSize < 0) {
      throw corrupt(storage, at, index, "a disk of " + Long.toUnsignedString(diskSize) + " bytes");
    }
    return new Entry(
        new Snapshot(
            text(rest, extraLength, idLength),
            text(rest, extraLength + idLength, nameLength),
            diskSize,
            vmStateSize,
            Instant.ofEpochSecond(
                Integer.toUnsignedLong(fields.getInt(16)),
                Integer.toUnsignedLong(fields.getInt(20))),
            Duration.ofNanos(fields.getLong(24)),
            extraLength >= 24 ? rest.getLong(16) : -1),
        new L1Table(l1Offset, l1Entries));
  }

  private static String text(ByteBuffer bytes, int start, int length) {
    return StandardCharsets.UTF_8.decode(bytes.slice(start, length)).toString();
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
