package io.diskformat.qcow2;

import io.diskformat.Snapshot;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.IoAction;
import io.diskformat.storage.Storage;
import io.diskformat.table.Barriers;
import io.diskformat.table.TableWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes snapshots of an image, goes back to them, and deletes them. Nothing else changes the image
 * meanwhile.
 *
 * <p>Each operation first makes durable what counts more references than there are, and new tables
 * beside the old ones; then one write of the header puts the new ones in force; and only then
 * references are given up. So at any instant the image has all old snapshots or all new ones, and
 * refcounts are too high at worst, which the next writer learns from the dirty bit.
 */
final class Snapshots {
  /** What qemu-img records as well, though nothing was executed. */
  private static final long NO_INSTRUCTIONS = 0;

  private final ImageTables tables;
  private final Storage storage;
  private final Qcow2Header header;
  private final ClusterAllocator allocator;
  private final TableWriter writer;
  private final Barriers barriers;
  private final DirtyBit dirty;
  private final L1References references;

  /** Called before a change that leaves the content of the disk as it is. */
  private final IoAction preparation;

  private final int clusterBits;
  private final OpenSnapshots open = new OpenSnapshots();

  /** Where the snapshot table is, in bytes. */
  private long position;

  private volatile SnapshotTable table;

  Snapshots(
      ImageTables tables,
      TableWriter writer,
      Barriers barriers,
      DirtyBit dirty,
      EntryTargets targets,
      IoAction preparation)
      throws IOException {
    this.tables = tables;
    this.storage = tables.storage();
    this.header = tables.header();
    this.allocator = tables.allocator();
    this.writer = writer;
    this.barriers = barriers;
    this.dirty = dirty;
    this.preparation = preparation;
    this.references = new L1References(tables, targets, writer);
    this.clusterBits = header.clusterBits();
    this.position = header.snapshotsPosition();
    this.table = SnapshotTable.read(storage, header);
  }

  /** Returns the present snapshots. */
  SnapshotTable table() {
    return table;
  }

  /** Returns the devices that read snapshots. */
  OpenSnapshots open() {
    return open;
  }

  /**
   * Takes a snapshot.
   *
   * @param size of the disk, in bytes
   */
  Snapshot create(String name, long size) throws IOException {
    requireSnapshots();
    L1Table l1 = tables.map().l1();
    MetadataScan.checkSnapshotL1(storage, table, l1.length());
    if (table.entries().size() >= Qcow2Header.MAX_SNAPSHOTS) {
      throw new UnsupportedFeatureException(storage.name(), "more than 65536 snapshots");
    }
    Snapshot snapshot =
        new Snapshot(
            nextId(),
            name,
            size,
            0,
            Instant.now().truncatedTo(ChronoUnit.MICROS),
            Duration.ZERO,
            NO_INSTRUCTIONS);
    SnapshotTable.checkName(name);
    preparation.run();
    long[] l2Tables = references.tables(l1);
    try {
      references.clearFlags();
    } catch (IOException | RuntimeException e) {
      dirty.keep();
      throw e;
    }
    references.share(l2Tables);
    try {
      L1Table copy = writeL1(l2Tables, MetadataRegions.Kind.SNAPSHOT_L1);
      List<byte[]> entries = records(null);
      entries.add(SnapshotTable.encode(snapshot, copy));
      NewTable made = writeTable(entries);
      writer.flush();
      putInForce(made);
    } catch (IOException | RuntimeException e) {
      undo(l2Tables, e);
      throw e;
    }
    writer.flush();
    return snapshot;
  }

  /** Returns one more than the highest number that is an identifier. */
  private String nextId() {
    long highest = 0;
    for (SnapshotTable.Entry entry : table.entries()) {
      highest = Math.max(highest, leadingNumber(entry.snapshot().id()));
    }
    return String.valueOf(highest + 1);
  }

  private static long leadingNumber(String id) {
    int end = 0;
    while (end < id.length() && end < 18 && id.charAt(end) >= '0' && id.charAt(end) <= '9') {
      end++;
    }
    return end == 0 ? 0 : Long.parseLong(id.substring(0, end));
  }

  /**
   * Makes the disk that of a snapshot, and returns its new size.
   *
   * @param size the present size of the disk, in bytes
   */
  long apply(SnapshotTable.Entry snapshot, long size) throws IOException {
    requireSnapshots();
    long newSize = snapshot.snapshot().diskSize();
    if (newSize != size && header.extensions().find(HeaderExtensions.BITMAPS).isPresent()) {
      throw new UnsupportedFeatureException(
          storage.name(),
          "going back to a snapshot of another disk size in a qcow2 image that has bitmaps");
    }
    writer.beforeChange();
    if (newSize != size) {
      complete();
    }
    writer.flush();
    ClusterMap map = tables.map();
    L1Table old = map.l1();
    long[] before = references.tables(old);
    long[] l2Tables = references.tables(snapshot.l1());
    references.share(l2Tables);
    try {
      int needed = (int) L1Table.entriesFor(newSize, map.coverage());
      L1Table copy =
          writeL1(
              Arrays.copyOf(l2Tables, Math.max(needed, l2Tables.length)), MetadataRegions.Kind.L1);
      writer.flush();
      switchTo(() -> tables.fields().disk(newSize, header.encryption().number(), copy));
      map.replaceL1(copy);
    } catch (IOException | RuntimeException e) {
      undo(l2Tables, e);
      throw e;
    }
    giveUp(before, old);
    writer.flush();
    return newSize;
  }

  /** Deletes a snapshot; whoever reads it gets an exception from now on. */
  void delete(SnapshotTable.Entry snapshot) throws IOException {
    requireSnapshots();
    preparation.run();
    long[] l2Tables = references.tables(snapshot.l1());
    try {
      NewTable made = writeTable(records(snapshot));
      writer.flush();
      open.deleting(snapshot, () -> putInForce(made));
    } catch (IOException | RuntimeException e) {
      dirty.keep();
      throw e;
    }
    giveUp(l2Tables, snapshot.l1());
    writer.flush();
    references.correctFlags();
    writer.flush();
  }

  /**
   * Records the size of its disk with each snapshot that lacks it, as those of version 2 may:
   * without it, a snapshot would have the size of the image's disk, whatever that becomes.
   */
  void complete() throws IOException {
    List<byte[]> records = records(null);
    boolean lacking = false;
    for (int i = 0; i < records.size(); i++) {
      byte[] record = records.get(i);
      byte[] completed = SnapshotTable.completed(record, table.entries().get(i).snapshot());
      lacking |= completed.length != record.length;
      records.set(i, completed);
    }
    if (lacking) {
      preparation.run();
      try {
        NewTable made = writeTable(records);
        writer.flush();
        putInForce(made);
      } catch (IOException | RuntimeException e) {
        dirty.keep();
        throw e;
      }
      writer.flush();
    }
  }

  /** Takes back what was shared for an operation that failed. */
  private void undo(long[] l2Tables, Exception failure) {
    // New tables stay in use: it is unknown how much of them was written.
    dirty.keep();
    try {
      references.unshare(l2Tables);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void requireSnapshots() throws UnsupportedFeatureException {
    if (header.has(Qcow2Header.EXTERNAL_DATA)) {
      throw new UnsupportedFeatureException(
          storage.name(), "snapshots in a qcow2 image with an external data file");
    }
  }

  /** Gives up an L1 table, and all that it refers to. If that fails, something may stay in use. */
  private void giveUp(long[] l2Tables, L1Table l1) throws IOException {
    boolean done = false;
    try {
      references.giveUp(l2Tables);
      allocator.free(l1.position() >>> clusterBits, header.clustersOf(l1.length()));
      done = true;
    } finally {
      if (!done) {
        dirty.keep();
      }
    }
  }

  // Tables at new places

  /** Writes an L1 table in which no entry has the COPIED flag. Durable after the next flush. */
  private L1Table writeL1(long[] l2Tables, MetadataRegions.Kind kind) throws IOException {
    ByteBuffer entries = ByteBuffer.allocate(Math.multiplyExact(l2Tables.length, Long.BYTES));
    entries.asLongBuffer().put(l2Tables);
    return new L1Table(write(entries.array(), kind), l2Tables.length);
  }

  /** The entries of the present table, but for one. */
  private List<byte[]> records(SnapshotTable.@Nullable Entry without) throws IOException {
    List<byte[]> records = new ArrayList<>();
    if (table.entries().isEmpty()) {
      return records;
    }
    // At once, as there may be thousands.
    SnapshotTable.Entry last = table.entries().getLast();
    long end = last.position() + last.length();
    byte[] all = storage.read(position, Math.toIntExact(end - position)).array();
    for (SnapshotTable.Entry entry : table.entries()) {
      if (without == null || !entry.isOf(without)) {
        int at = (int) (entry.position() - position);
        records.add(Arrays.copyOfRange(all, at, at + entry.length()));
      }
    }
    return records;
  }

  /** A snapshot table that is not in force yet, and where it is. */
  private record NewTable(long position, SnapshotTable table) {}

  /** Writes a snapshot table. Durable after the next flush. */
  private NewTable writeTable(List<byte[]> records) throws IOException {
    int length = 0;
    for (byte[] each : records) {
      length = Math.addExact(length + 7 & -8, each.length);
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    for (byte[] each : records) {
      bytes.position(bytes.position() + 7 & -8).put(each);
    }
    long written = write(bytes.array(), MetadataRegions.Kind.SNAPSHOT_TABLE);
    SnapshotTable table =
        SnapshotTable.read(
            storage,
            header.withSnapshots(records.size(), written),
            (position, count) -> bytes.slice((int) (position - written), count));
    return new NewTable(written, table);
  }

  /** Writes a table to clusters of its own, and returns where it is; 0 for an empty one. */
  private long write(byte[] bytes, MetadataRegions.Kind kind) throws IOException {
    if (bytes.length == 0) {
      return 0;
    }
    int clusters = Math.toIntExact(((bytes.length - 1L) >>> clusterBits) + 1);
    long first = allocator.allocateTable(clusters);
    byte[] whole = Arrays.copyOf(bytes, clusters << clusterBits);
    storage.write(first << clusterBits, MemorySegment.ofArray(whole));
    tables.metadata().add(first, clusters, kind);
    return first << clusterBits;
  }

  /** Makes the header point to a snapshot table that is durable, and gives up the one before. */
  private void putInForce(NewTable made) throws IOException {
    switchTo(() -> tables.fields().snapshots(made.table.entries().size(), made.position));
    if (!table.entries().isEmpty()) {
      allocator.free(position >>> clusterBits, header.clustersOf(table.end() - position));
    }
    position = made.position;
    table = made.table;
  }

  /** Changes the header. If that fails, it is not known what the file has. */
  private void switchTo(IoAction change) throws IOException {
    // What the old tables refer to stays counted, for the next writer to free.
    dirty.set();
    try {
      change.run();
    } catch (IOException e) {
      barriers.fail(e);
      throw e;
    }
  }
}
