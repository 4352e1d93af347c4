package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.layer.BeyondEnd;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.storage.IoAction;
import io.diskformat.storage.Storage;
import io.diskformat.table.Barriers;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.TableWriter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The size of a disk, and what changes it. Nothing else changes the image meanwhile; others may ask
 * for the size.
 *
 * <p>A disk grows in steps each of which leaves an image that is whole: a longer L1 table, where
 * one is needed, at its own place and then in the header; whatever zeroes what the larger disk
 * would show; and last, once all of that is durable, the size. One that gets smaller has its new
 * size first.
 */
final class DiskResize {
  private final ImageTables tables;
  private final Storage data;
  private final TableWriter writer;
  private final Barriers barriers;
  private final DirtyBit dirty;
  private final Snapshots snapshots;
  private final BitmapRecorder bitmaps;
  private final Forgetting forgetting;
  private final L2Editor editor;
  private final boolean sparse;
  private final Qcow2Header header;
  private final ClusterMap map;
  private volatile long size;

  DiskResize(
      ImageTables tables,
      Storage data,
      TableWriter writer,
      Barriers barriers,
      DirtyBit dirty,
      Snapshots snapshots,
      BitmapRecorder bitmaps,
      Forgetting forgetting,
      L2Editor editor,
      boolean sparse) {
    this.tables = tables;
    this.data = data;
    this.writer = writer;
    this.barriers = barriers;
    this.dirty = dirty;
    this.snapshots = snapshots;
    this.bitmaps = bitmaps;
    this.forgetting = forgetting;
    this.editor = editor;
    this.sparse = sparse;
    this.header = tables.header();
    this.map = tables.map();
    this.size = header.size();
  }

  /** Returns the present size of the disk, in bytes. */
  long size() {
    return size;
  }

  /** Notes the size that the disk has got otherwise, and returns it. */
  long changedTo(long newSize) {
    size = newSize;
    return newSize;
  }

  /** Returns what gives clusters their places without writing data. */
  Preallocator preallocator(Preallocation mode) {
    return new Preallocator(writer, editor, data, header, mode);
  }

  // Growing

  /**
   * Makes the disk larger, and returns its new size. What is added reads as zeroes from the first
   * instant at which it is there.
   *
   * @param backing what the disk shows where this image stores nothing, or null
   * @param listener gets the offset up to which the disk is ready, and its new size
   */
  long grow(
      long newSize,
      @Nullable BlockDevice backing,
      Preallocation preallocation,
      ProgressListener listener)
      throws IOException {
    long mapped = map.l1().entries() * map.coverage();
    long shown = Math.max(mapped, backing == null ? 0 : backing.size());
    BeyondEnd beyond =
        new BeyondEnd(tables.storage().name(), map, writer, data, size, newSize, shown, backing);
    tables.allocator().setSparse(preallocation == Preallocation.METADATA);
    try {
      grow(newSize, () -> prepare(newSize, beyond, preallocator(preallocation), listener));
    } finally {
      tables.allocator().setSparse(sparse);
    }
    return newSize;
  }

  /** Makes what is beyond the end of the disk what a larger disk is to have there. */
  private void prepare(
      long newSize, BeyondEnd beyond, Preallocator preallocator, ProgressListener listener)
      throws IOException {
    long firstNew = (size + header.clusterSize() - 1) & -header.clusterSize();
    boolean external = header.has(Qcow2Header.EXTERNAL_DATA);
    if (header.hasRawData()) {
      growData(newSize);
      beyond.zeroRestOfLastCluster();
    } else {
      if (external && data.size() < firstNew) {
        // The file was cut off with the disk, though the last cluster is recorded as stored whole.
        data.resize(firstNew);
      }
      beyond.makeZero(listener);
      if (external && !preallocator.isOff()) {
        growData(newSize);
      }
    }
    // A raw data file stores all clusters; record that, as QEMU does.
    if (header.hasRawData() || !preallocator.isOff()) {
      preallocator.run(firstNew, newSize, listener);
    }
  }

  /** Makes a data file as long as the disk, and zero where the disk is new. */
  private void growData(long newSize) throws IOException {
    long held = data.size();
    if (held > size) {
      data.zero(size, Math.min(held, newSize) - size, true);
    }
    if (held < newSize) {
      data.resize(newSize);
    }
  }

  /**
   * Makes the disk larger. Until the last step the image has its old size; if an earlier step
   * fails, it can still be written.
   *
   * @param preparation zeroes what a larger disk would show; the L1 table reaches that far already
   * @throws UnsupportedFeatureException if the image cannot get that size
   */
  void grow(long newSize, IoAction preparation) throws IOException {
    begin(newSize);
    long entries = L1Table.entriesFor(newSize, map.coverage());
    if (entries > map.l1().entries()) {
      lengthenL1((int) entries);
    }
    preparation.run();
    writer.flush();
    if (newSize > size) {
      switchTo(newSize, map.l1());
      barriers.after(WriteStep.SIZE);
    }
    size = newSize;
  }

  /** Does what comes before a change of the size, and throws unless the image may get that size. */
  private void begin(long newSize) throws IOException {
    String image = tables.storage().name();
    if (!snapshots.table().entries().isEmpty() && !tables.fields().hasFeatures()) {
      throw new UnsupportedFeatureException(
          image, "resizing a qcow2 image of version 2 that has snapshots");
    }
    if (L1Table.entriesFor(newSize, map.coverage()) > Qcow2Header.MAX_L1_BYTES / Long.BYTES) {
      throw new UnsupportedFeatureException(
          image,
          "a disk of " + newSize + " bytes in clusters of " + header.clusterSize() + " bytes");
    }
    bitmaps.checkResizable(newSize);
    writer.beforeChange();
    snapshots.complete();
    bitmaps.resizing();
    writer.flush();
  }

  private void lengthenL1(int entries) throws IOException {
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
    long clusters = header.clustersOf(old.length());
    tables.metadata().remove(first, clusters);
    tables.allocator().free(first, clusters);
    // A barrier comes before the old table's clusters are free.
    writer.flush();
  }

  private L1Table writeLonger(L1Table old, int entries) throws IOException {
    MetadataPages pages = tables.pages();
    dirty.set();
    int clusters = header.clustersOf((long) entries << L1Entry.SIZE_BITS);
    long first = tables.allocator().allocateWhole(clusters);
    tables.metadata().add(first, clusters, MetadataRegions.Kind.L1);
    L1Table longer = new L1Table(first << header.clusterBits(), entries);
    pages.clear(longer.position(), (long) clusters << header.clusterBits(), WriteOrder.L1);
    for (long i = 0; i < old.entries(); i++) {
      pages.write(longer.entryPosition(i), map.l1Entry(old.entryPosition(i)), WriteOrder.L1);
    }
    writer.flushCounts();
    pages.writeOut(WriteOrder.L1);
    barriers.after(WriteStep.LONGER_L1);
    return longer;
  }

  /**
   * Writes size and L1 table into the header. If that fails, it is not known which ones the file
   * has.
   */
  private void switchTo(long newSize, L1Table l1) throws IOException {
    try {
      tables.fields().disk(newSize, header.encryption().number(), l1);
      bitmaps.resized(newSize);
    } catch (IOException e) {
      barriers.fail(e);
      throw e;
    }
  }

  // Shrinking

  /**
   * Makes the disk smaller; returns its new size. What it had beyond that is hidden from now on,
   * and {@link #forgetBeyondEnd} gives it up.
   */
  long shrink(long newSize) throws IOException {
    begin(newSize);
    switchTo(newSize, map.l1());
    size = newSize;
    barriers.after(WriteStep.SIZE);
    return newSize;
  }

  /** Gives up all clusters beyond the end of the disk. */
  void forgetBeyondEnd(ProgressListener listener) throws IOException {
    long cluster = header.clusterSize();
    forgetting.from((size + cluster - 1) & -cluster, size, listener);
    if (header.has(Qcow2Header.EXTERNAL_DATA) && data.size() > size) {
      data.resize(size);
    }
    tables.allocator().cutOffFree();
  }
}
