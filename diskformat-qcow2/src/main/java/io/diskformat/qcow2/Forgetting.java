package io.diskformat.qcow2;

import io.diskformat.ProgressListener;
import io.diskformat.maintenance.Interruption;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.TableWriter;
import java.io.IOException;

/**
 * Forgets what an image records, so that the image below shows, or nothing. Unlike a discard it
 * leaves no record of zeroes. Nothing else changes the image meanwhile.
 */
final class Forgetting {
  private final ClusterMap map;
  private final MetadataPages pages;
  private final ClusterAllocator allocator;
  private final EntryTargets targets;
  private final OwnL2Tables ownTables;
  private final L2Editor editor;
  private final BitmapRecorder bitmaps;
  private final TableWriter writer;
  private final int clusterBits;

  Forgetting(
      ImageTables tables,
      EntryTargets targets,
      OwnL2Tables ownTables,
      L2Editor editor,
      BitmapRecorder bitmaps,
      TableWriter writer) {
    this.map = tables.map();
    this.pages = tables.pages();
    this.allocator = tables.allocator();
    this.targets = targets;
    this.ownTables = ownTables;
    this.editor = editor;
    this.bitmaps = bitmaps;
    this.writer = writer;
    this.clusterBits = tables.header().clusterBits();
  }

  /** Forgets one cluster of the disk. */
  void cluster(long offset) throws IOException {
    if (map.entryPosition(offset) != 0) {
      ownTables.own(offset);
      editor.forget(offset);
    }
  }

  /**
   * Forgets all that is recorded from an offset on, and what snapshots with a machine's state left
   * beyond the end of the disk, and makes that durable.
   *
   * @param start where a cluster begins on the disk, in bytes
   * @param size of the disk, in bytes
   * @param listener gets the offset up to which that is done, and the end
   */
  void from(long start, long size, ProgressListener listener) throws IOException {
    long coverage = map.coverage();
    long end = map.l1().entries() * coverage;
    for (long at = start; at < end; ) {
      Interruption.check();
      long table = at & -coverage;
      long next = table + coverage;
      if (at < size) {
        bitmaps.changed(at, Math.min(next, size) - at);
      }
      if (at == table) {
        table((int) (at / coverage));
      } else if (map.entryPosition(at) != 0) {
        for (long cluster = at; cluster < next; cluster += 1L << clusterBits) {
          cluster(cluster);
        }
      }
      at = next;
      writer.flushIfWanted();
      listener.progress(Math.min(at, end - 1), end);
    }
    writer.flush();
  }

  /** Forgets all that one entry of the L1 table refers to. */
  private void table(int index) throws IOException {
    long position = map.l1().entryPosition(index);
    long table = L1Entry.table(map.l1Entry(position));
    if (table == 0) {
      return;
    }
    long[] entries = map.entries(table);
    pages.write(position, 0, WriteOrder.L1);
    for (long entry : entries) {
      targets.free(entry);
    }
    allocator.free(table >>> clusterBits);
  }
}
