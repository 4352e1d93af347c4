package io.diskformat.qcow2;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.layer.PaddedCopy;
import io.diskformat.storage.Storage;
import io.diskformat.table.Word;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves tables that one field each points to, and bits of bitmaps, to where adjacent clusters are
 * free before them. A copy is durable before the field is changed, in one write of one sector, and
 * the old place is free only after that is durable.
 */
final class WholeTableMoves {
  /** The most moves that are made durable together. */
  private static final int MOST_AT_ONCE = 256;

  private final CompactionImage image;
  private final Storage storage;
  private final int clusterBits;
  private final long dense;
  private final List<Moved> copied = new ArrayList<>();
  private long count;

  /** Changes what points to a table. */
  @FunctionalInterface
  private interface Field {
    /** Points to a position, durably after the next barrier; returns false if it cannot. */
    boolean pointTo(long position) throws IOException;
  }

  /** A table that was copied, and to whose copy nothing points yet. */
  private record Moved(long from, long to, int clusters, Field field) {}

  /**
   * Prepares moves.
   *
   * @param dense the cluster before which all is moved, as far as possible
   */
  WholeTableMoves(CompactionImage image, long dense) {
    this.image = image;
    this.storage = image.storage();
    this.clusterBits = image.clusterBits();
    this.dense = dense;
  }

  /**
   * Moves tables that are not before the bound, as far as there is room, and makes that durable;
   * returns how many.
   */
  long run() throws IOException {
    image.flush();
    moveL1();
    moveSnapshots();
    moveBitmaps();
    return count;
  }

  /** Makes the L1 table shorter, if it has clusters whose entries the disk does not need. */
  void shortenL1() throws IOException {
    image.flush();
    L1Table l1 = image.map().l1();
    Qcow2Header header = image.header();
    int needed = (int) Math.max(1, L1Table.entriesFor(header.size(), image.map().coverage()));
    for (int i = l1.entries() - 1; i >= needed; i--) {
      if (image.map().l1Entry(l1.entryPosition(i)) != 0) {
        needed = i + 1;
      }
    }
    int clusters = header.clustersOf((long) needed << L1Entry.SIZE_BITS);
    int before = header.clustersOf(l1.length());
    if (clusters < before && isSingle(l1.position(), before)) {
      image.flushCounts();
      boolean _ = pointToL1(l1.position(), needed);
      free(l1.position() + ((long) clusters << clusterBits), before - clusters);
      image.flush();
    }
  }

  private void moveL1() throws IOException {
    L1Table l1 = image.map().l1();
    move(l1.position(), l1.length(), MetadataRegions.Kind.L1, to -> pointToL1(to, l1.entries()));
    finish();
  }

  private boolean pointToL1(long position, int entries) throws IOException {
    Qcow2Header header = image.header();
    L1Table l1 = new L1Table(position, entries);
    image.tables().fields().disk(header.size(), header.encryption().number(), l1);
    image.map().replaceL1(l1);
    return true;
  }

  private void moveSnapshots() throws IOException {
    for (SnapshotTable.Entry entry : SnapshotTable.read(storage, image.header()).entries()) {
      L1Table l1 = entry.l1();
      move(
          l1.position(),
          l1.length(),
          MetadataRegions.Kind.SNAPSHOT_L1,
          to -> write(entry.position(), to));
    }
    finish();
    Qcow2Header header = image.header();
    if (header.snapshotCount() > 0) {
      move(
          header.snapshotsPosition(),
          SnapshotTable.read(storage, header).end() - header.snapshotsPosition(),
          MetadataRegions.Kind.SNAPSHOT_TABLE,
          to -> {
            image.tables().fields().snapshots(header.snapshotCount(), to);
            return true;
          });
      finish();
    }
  }

  private void moveBitmaps() throws IOException {
    Qcow2Header header = image.header();
    BitmapDirectory.Place place = BitmapDirectory.place(storage, header);
    if (place.count() == 0) {
      return;
    }
    for (BitmapDirectory.Table table : BitmapDirectory.tables(storage, place)) {
      moveBits(table);
    }
    finish();
    for (BitmapEntry entry : BitmapDirectory.entries(storage, header)) {
      move(
          entry.tablePosition(),
          8L * entry.tableEntries(),
          null,
          to -> write(entry.position(), to));
    }
    finish();
    move(
        place.position(),
        place.size(),
        MetadataRegions.Kind.BITMAPS,
        to -> pointToBitmaps(new BitmapDirectory.Place(to, place.size(), place.count())));
    finish();
  }

  private void moveBits(BitmapDirectory.Table table) throws IOException {
    for (int i = 0; i < table.entries(); i++) {
      long position = table.position() + 8L * i;
      long entry = storage.readLong(position);
      long bits = BitmapDirectory.data(entry);
      if (bits != 0) {
        move(bits, image.clusterSize(), null, to -> write(position, entry - bits + to));
      }
    }
  }

  private boolean pointToBitmaps(BitmapDirectory.Place place) throws IOException {
    try {
      new HeaderRewrite(storage, image.header())
          .extension(HeaderExtensions.BITMAPS, BitmapDirectory.extension(place))
          .write();
      return true;
    } catch (UnsupportedFeatureException e) {
      // The header has more extensions than can be changed at once.
      return false;
    }
  }

  private boolean write(long position, long word) throws IOException {
    Word.BIG_ENDIAN_64.write(storage, position, word);
    return true;
  }

  /** Copies a table to a better place, if there is one. */
  private void move(long position, long length, MetadataRegions.@Nullable Kind kind, Field field)
      throws IOException {
    int clusters = image.tables().header().clustersOf(length);
    long first = position >>> clusterBits;
    if (clusters == 0 || first + clusters <= dense || !isSingle(position, clusters)) {
      return;
    }
    long target = image.allocator().allocateBefore(first, clusters);
    if (target < 0) {
      return;
    }
    if (kind != null) {
      image.tables().metadata().add(target, clusters, kind);
    }
    PaddedCopy.within(storage, position, target << clusterBits, (long) clusters << clusterBits);
    copied.add(new Moved(position, target << clusterBits, clusters, field));
    image.progress().add((long) clusters << clusterBits);
    if (copied.size() == MOST_AT_ONCE) {
      finish();
    }
  }

  /** Returns whether nothing else uses the clusters of a table. */
  private boolean isSingle(long position, int clusters) throws IOException {
    for (int i = 0; i < clusters; i++) {
      if (!image.allocator().isSingle((position >>> clusterBits) + i)) {
        return false;
      }
    }
    return true;
  }

  /** Makes copies durable, then what points to them, and then frees what they are copies of. */
  private void finish() throws IOException {
    if (copied.isEmpty()) {
      return;
    }
    image.flushCounts();
    for (Moved each : copied) {
      boolean done = each.field.pointTo(each.to);
      free(done ? each.from : each.to, each.clusters);
      count += done ? 1 : 0;
    }
    copied.clear();
    image.flush();
  }

  private void free(long position, int clusters) {
    image.allocator().free(position >>> clusterBits, clusters);
  }
}
