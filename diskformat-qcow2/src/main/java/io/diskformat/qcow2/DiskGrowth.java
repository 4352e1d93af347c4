package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.layer.BeyondEnd;
import io.diskformat.storage.Storage;
import io.diskformat.table.Barriers;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.TableWriter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the disk of an image larger, in steps each of which leaves an image that is whole: a longer
 * L1 table, where one is needed, at its own place and then in the header; whatever zeroes what the
 * larger disk would show; and last, once all of that is durable, the size.
 */
final class DiskGrowth {
  private final ImageTables tables;
  private final Storage data;
  private final TableWriter writer;
  private final Barriers barriers;
  private final DirtyBit dirty;
  private final Snapshots snapshots;
  private final BitmapRecorder bitmaps;
  private final Qcow2Header header;
  private final ClusterMap map;

  DiskGrowth(
      ImageTables tables,
      Storage data,
      TableWriter writer,
      Barriers barriers,
      DirtyBit dirty,
      Snapshots snapshots,
      BitmapRecorder bitmaps) {
    this.snapshots = snapshots;
    this.bitmaps = bitmaps;
    this.tables = tables;
    this.data = data;
    this.writer = writer;
    this.barriers = barriers;
    this.dirty = dirty;
    this.header = tables.header();
    this.map = tables.map();
  }

  /**
   * Makes the disk larger, as {@link #run} does. What is added reads as zeroes from the first
   * instant at which it is there.
   *
   * @param backing what the disk shows where this image stores nothing, or null
   * @param preallocator gives new clusters their places
   * @param listener gets the offset up to which the disk is ready, and its new size
   */
  void resize(
      long size,
      long newSize,
      @Nullable BlockDevice backing,
      Preallocator preallocator,
      ProgressListener listener)
      throws IOException {
    long mapped = map.l1().entries() * map.coverage();
    long shown = Math.max(mapped, backing == null ? 0 : backing.size());
    BeyondEnd beyond =
        new BeyondEnd(tables.storage().name(), map, writer, data, size, newSize, shown, backing);
    run(
        size,
        newSize,
        () -> {
          long firstNew = (size + header.clusterSize() - 1) & -header.clusterSize();
          boolean external = header.has(Qcow2Header.EXTERNAL_DATA);
          if (header.hasRawData()) {
            growData(size, newSize);
            beyond.zeroRestOfLastCluster();
          } else {
            if (external && data.size() < firstNew) {
              // The file was cut off with the disk, though the last cluster is recorded as stored
              // whole.
              data.resize(firstNew);
            }
            beyond.makeZero(listener);
            if (external && !preallocator.isOff()) {
              growData(size, newSize);
            }
          }
          // A raw data file stores all clusters; record that, as QEMU does.
          if (header.hasRawData() || !preallocator.isOff()) {
            preallocator.run(firstNew, newSize, listener);
          }
        });
  }

  /** Makes a data file as long as the disk, and zero where the disk is new. */
  private void growData(long size, long newSize) throws IOException {
    long held = data.size();
    if (held > size) {
      data.zero(size, Math.min(held, newSize) - size, true);
    }
    if (held < newSize) {
      data.resize(newSize);
    }
  }

  /** Changes what is beyond the end of the disk. */
  @FunctionalInterface
  interface Preparation {
    /** Zeroes what a larger disk would show; the L1 table reaches that far already. */
    void run() throws IOException;
  }

  /**
   * Makes the disk larger; nothing else runs beside this. Until the last step the image has its old
   * size; if an earlier step fails, it can still be written.
   *
   * @throws UnsupportedFeatureException if the image cannot get that size
   */
  void run(long size, long newSize, Preparation preparation) throws IOException {
    check(newSize);
    writer.beforeChange();
    beforeSwitch();
    writer.flush();
    long entries = L1Table.entriesFor(newSize, map.coverage());
    if (entries > map.l1().entries()) {
      lengthenL1(size, (int) entries);
    }
    preparation.run();
    writer.flush();
    if (newSize > size) {
      switchTo(newSize, map.l1());
      barriers.after(WriteStep.SIZE);
    }
  }

  /** Called before the size changes, and after {@link #check}. */
  void beforeSwitch() throws IOException {
    snapshots.complete();
    bitmaps.resizing();
  }

  /** Throws unless the image may get that size. */
  void check(long newSize) throws IOException {
    if (!snapshots.table().entries().isEmpty() && !tables.fields().hasFeatures()) {
      throw new UnsupportedFeatureException(
          tables.storage().name(), "resizing a qcow2 image of version 2 that has snapshots");
    }
    if (!fits(newSize, map)) {
      throw new UnsupportedFeatureException(
          tables.storage().name(),
          "a disk of " + newSize + " bytes in clusters of " + header.clusterSize() + " bytes");
    }
    bitmaps.checkResizable(newSize);
  }

  /** Returns whether the L1 table of a disk of {@code size} bytes is short enough. */
  static boolean fits(long size, ClusterMap map) {
    return L1Table.entriesFor(size, map.coverage()) <= Qcow2Header.MAX_L1_BYTES / Long.BYTES;
  }

  private void lengthenL1(long size, int entries) throws IOException {
    L1Table old = map.l1();
    L1Table longer;
    try {
      longer = writeLonger(old, entries);
    } catch (IOException e) {
      // Its clusters stay in use, as the pages of the table may still be written out.
      dirty.keep();
      throw e;
    }
    switchTo(size, longer);
    map.replaceL1(longer);
    long first = old.position() >>> header.clusterBits();
    long clusters = clustersOf(old);
    tables.metadata().remove(first, clusters);
    for (long i = 0; i < clusters; i++) {
      tables.allocator().free(first + i);
    }
    // A barrier comes before the old table's clusters are free.
    writer.flush();
  }

  private L1Table writeLonger(L1Table old, int entries) throws IOException {
    MetadataPages pages = tables.pages();
    dirty.set();
    long clusters = clustersOf(new L1Table(0, entries));
    long first = tables.allocator().allocateWhole((int) clusters);
    tables.metadata().add(first, clusters, MetadataRegions.Kind.L1);
    L1Table longer = new L1Table(first << header.clusterBits(), entries);
    pages.clear(longer.position(), clusters << header.clusterBits(), WriteOrder.L1);
    for (long i = 0; i < old.entries(); i++) {
      pages.write(
          longer.position() + (i << 3), map.l1Entry(old.position() + (i << 3)), WriteOrder.L1);
    }
    writer.flushCounts();
    pages.writeOut(WriteOrder.L1);
    barriers.after(WriteStep.LONGER_L1);
    return longer;
  }

  private long clustersOf(L1Table l1) {
    return (l1.entries() * 8L + header.clusterSize() - 1) >>> header.clusterBits();
  }

  /**
   * Writes size and L1 table into the header. If that fails, it is not known which ones the file
   * has.
   */
  void switchTo(long size, L1Table l1) throws IOException {
    try {
      tables.fields().disk(size, header.encryption().number(), l1);
      bitmaps.resized(size);
    } catch (IOException e) {
      barriers.fail(e);
      throw e;
    }
  }
}
