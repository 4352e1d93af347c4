package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import io.diskformat.table.FreedSpace;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.TableWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Says where an image's clusters may be written, and what a flush makes durable.
 *
 * <p>The order of a flush, a barrier after each step: guest data and new refcounts; the refcount
 * table; L2 tables; L1 table; and only then the refcounts of what was freed. So a table never
 * points to what is not there, or is not counted, whatever part of a step becomes durable; after a
 * crash refcounts are too high at worst, and the dirty bit makes the next writer count again.
 */
final class Qcow2Writer extends TableWriter implements BitmapStore.Order {
  private static final List<Step> STEPS =
      List.of(new Step(WriteStep.L2, WriteOrder.L2), new Step(WriteStep.L1, WriteOrder.L1));

  private final Storage storage;
  private final Storage data;
  private final Qcow2Header header;
  private final ImageTables tables;
  private final ClusterMap map;
  private final MetadataPages pages;
  private final MetadataRegions metadata;
  private final ClusterAllocator allocator;
  private final CompressedStreams streams;
  private final HeaderFields fields;
  private final DirtyBit dirty;
  private final BitmapRecorder bitmaps;
  private final OwnL2Tables ownTables;
  private final EntryTargets targets;
  private final Snapshots snapshots;
  private final L2Editor editor;
  private final Forgetting forgetting;
  private final DiskResize resize;
  private final ClusterCompressor compressor;
  private final boolean sparse;
  private final int clusterBits;
  private final long clusterSize;
  private final boolean externalData;
  private final boolean hasBacking;

  Qcow2Writer(
      Storage storage,
      Storage data,
      Qcow2Header header,
      ClusterMap map,
      MetadataPages pages,
      ClusterReader compressed,
      boolean sparse)
      throws IOException {
    super(storage, data, header.clusterSize(), WriteStep.DATA_AND_REFCOUNTS, STEPS);
    this.storage = storage;
    this.data = data;
    this.header = header;
    this.map = map;
    this.pages = pages;
    this.compressor =
        new ClusterCompressor(storage.name(), header.compression(), header.clusterBits());
    this.sparse = sparse;
    this.clusterBits = header.clusterBits();
    this.clusterSize = header.clusterSize();
    this.externalData = header.has(Qcow2Header.EXTERNAL_DATA);
    this.hasBacking = header.backingFile().isPresent();
    this.tables = ImageTables.of(storage, header, map, pages, sparse);
    this.metadata = tables.metadata();
    this.allocator = tables.allocator();
    this.streams = new CompressedStreams(storage, compressed, allocator, clusterBits);
    this.fields = tables.fields();
    this.dirty = new DirtyBit(fields, barriers());
    this.bitmaps = new BitmapRecorder(tables);
    this.ownTables = new OwnL2Tables(tables);
    this.targets = new EntryTargets(tables, compressed);
    this.snapshots =
        new Snapshots(tables, this, barriers(), dirty, targets, this::beforeTableChange);
    this.editor = L2Editor.of(header, map, pages, targets::free);
    this.forgetting = new Forgetting(tables, targets, ownTables, editor, bitmaps, this);
    this.resize =
        new DiskResize(
            tables, data, this, barriers(), dirty, snapshots, bitmaps, forgetting, editor, sparse);
    if (dirty.isSet() || !fields.hasFeatures()) {
      repair(compressed);
    } else if (tables.refcounts().anyFrom(clustersOfFile())) {
      // Either a crash has left that, or the file was cut short; then it must not grow, as clusters
      // that are lost would become zeroes.
      counting(compressed).requireInFile();
      dirty.set();
      repair(compressed);
    }
  }

  /**
   * Counts references anew where that may be needed: where the dirty bit says so, in version 2,
   * which has no such bit, and where clusters count as used that are not in the file.
   */
  private void repair(ClusterReader compressed) throws IOException {
    counting(compressed).run(this::flush);
    if (dirty.isSet()) {
      fields.set(Qcow2Header.DIRTY, false);
      storage.flush();
    }
  }

  private RefcountRepair counting(ClusterReader compressed) {
    return new RefcountRepair(storage, header, pages, tables.refcounts(), allocator, compressed);
  }

  /** Returns how many clusters begin within the file. */
  private long clustersOfFile() throws IOException {
    return Math.ceilDiv(storage.size(), clusterSize);
  }

  @Override
  protected MetadataPages pages() {
    return pages;
  }

  @Override
  protected FreedSpace freed() {
    return allocator.freed();
  }

  // Before the first change

  @Override
  protected void changing(long offset, long length) {
    bitmaps.changed(offset, length);
  }

  /** Marks bitmaps as lacking what is about to be written, and clears unknown autoclear bits. */
  @Override
  protected void prepare() throws IOException {
    bitmaps.begin();
    fields.clearUnknownAutoclear();
    storage.flush(WriteStep.BITMAP_MARKS);
  }

  /** As {@link #beforeChange}, before a change that leaves the content of the disk as it is. */
  void beforeTableChange() throws IOException {
    checkNotFailed();
    fields.clearUnknownAutoclear();
    flush();
  }

  // Placing

  @Override
  public long inPlace(long offset) throws IOException {
    long before = epoch();
    long position = map.owned(offset);
    // A lookup while tables were written out, or put to another use, may give anything.
    if (position >= 0 && epoch() == before) {
      checkNoTable(offset, position);
    }
    return position;
  }

  private void checkNoTable(long offset, long position) throws IOException {
    if (!externalData && metadata.contains(position >>> clusterBits)) {
      throw corruption(
          metadata.overlap(
              position >>> clusterBits,
              "the disk's offset " + offset + " is recorded as stored in it"));
    }
  }

  @Override
  public Placement place(long offset, int clusters) throws IOException {
    long tableEnd = (offset & -map.coverage()) + map.coverage();
    int wanted = (int) Math.min(clusters, (tableEnd - offset) >>> clusterBits);
    try {
      ownTables.own(offset);
      if (externalData) {
        long end = Math.min(offset + ((long) wanted << clusterBits), resize.size());
        if (!sparse && offset < end) {
          data.reserve(offset, end - offset);
        }
        return new Placement(offset, wanted, false, false);
      }
      long reserved = editor.reserved(offset);
      if (reserved >= 0) {
        checkNoTable(offset, reserved);
        return new Placement(reserved, 1, false, false);
      }
      int unreserved = 1;
      while (unreserved < wanted
          && editor.reserved(offset + ((long) unreserved << clusterBits)) < 0) {
        unreserved++;
      }
      Placement placed = allocator.allocate(unreserved);
      // On an encrypted disk, zeroes of the host do not read as zeroes.
      return data.isTransformed()
          ? new Placement(placed.position(), placed.clusters(), false, placed.moved())
          : placed;
    } catch (CorruptImageException e) {
      throw corruption(e);
    }
  }

  @Override
  protected void abandon(long position, int clusters) throws IOException {
    allocator.abandon(position, clusters);
  }

  @Override
  protected void hold(long start, long end) throws IOException {
    pages.hold(map.l1EntryPosition(start), WriteOrder.L1);
    for (long cluster = start; cluster < end; cluster += clusterSize) {
      pages.hold(map.entryPosition(cluster), WriteOrder.L2);
    }
  }

  @Override
  protected void linkCluster(long offset, long start, long end, long position) throws IOException {
    editor.link(offset, start, end, position);
  }

  @Override
  protected void requireCompressedClusters() throws UnsupportedFeatureException {
    if (externalData) {
      throw new UnsupportedFeatureException(
          storage.name(), "compressed clusters in an image with an external data file");
    }
    if (data.isTransformed()) {
      throw new UnsupportedFeatureException(
          storage.name(), "compressed clusters in an encrypted image, where nothing encrypts them");
    }
  }

  @Override
  public int compress(byte[] cluster, byte[] stream) throws IOException {
    return compressor.compress(cluster, stream);
  }

  @Override
  public void linkCompressed(long offset, MemorySegment stream) throws IOException {
    ownTables.own(offset);
    streams.store(stream, entry -> editor.linkCompressed(offset, entry));
  }

  // Zeroing and discarding

  @Override
  public boolean zero(long offset, long length) throws IOException {
    if (!fields.hasFeatures()) {
      // Version 2 has no zero clusters; but where nothing is below, what is not stored is zero.
      return discard(offset, length);
    }
    if (!editor.canZero(offset, length)) {
      return false;
    }
    zeroRawData(offset, length, false);
    long end = offset + length;
    for (long start = offset, stop; start < end; start = stop) {
      long cluster = start & -clusterSize;
      stop = Math.min(end, cluster + clusterSize);
      if (hasBacking || map.entryPosition(cluster) != 0) {
        ownTables.own(cluster);
        editor.zero(cluster, start, stop, hasBacking);
      }
    }
    return true;
  }

  @Override
  public boolean discard(long offset, long length) throws IOException {
    if (!fields.hasFeatures() && hasBacking) {
      return false;
    }
    zeroRawData(offset, length, true);
    for (long cluster = offset; cluster < offset + length; cluster += clusterSize) {
      if (map.entryPosition(cluster) != 0) {
        ownTables.own(cluster);
        editor.discard(cluster, hasBacking);
      }
    }
    return true;
  }

  /** Zeroes an external data file where it must hold what the disk does, or may give space back. */
  private void zeroRawData(long offset, long length, boolean giveBack) throws IOException {
    // Beyond the old end of the disk, its growth has zeroed the file.
    boolean wanted = header.hasRawData() || (giveBack && !data.isTransformed());
    long size = resize.size();
    if (externalData && offset < size && wanted) {
      data.zero(offset, Math.min(length, size - offset), giveBack);
    }
  }

  /** Returns what forgets clusters of the disk. */
  Forgetting forgetting() {
    return forgetting;
  }

  /** Returns what changes the size of the disk. */
  DiskResize resize() {
    return resize;
  }

  /** Returns all that is changed besides the disk. */
  ImageTables tables() {
    return tables;
  }

  /** Without more, the next writer counts references anew. */
  @Override
  public void beforeGivingUp() throws IOException {
    dirty.set();
  }

  /** Returns what keeps the bitmaps up to date. */
  BitmapRecorder bitmaps() {
    return bitmaps;
  }

  /** Returns what changes the image's snapshots. */
  Snapshots snapshots() {
    return snapshots;
  }

  /** Makes the disk that of a snapshot, and returns its size. */
  long apply(SnapshotTable.Entry snapshot) throws IOException {
    if (BitmapDirectory.place(storage, header).count() > 0) {
      // They would not record what that changes; QEMU refuses it, too.
      throw new UnsupportedFeatureException(
          storage.name(),
          "applying a snapshot to an image with dirty bitmaps: Device has active dirty bitmaps");
    }
    return resize.changedTo(snapshots.apply(snapshot, resize.size()));
  }

  // Durability

  @Override
  protected boolean hasUnwrittenCounts() {
    return pages.isDirty(WriteOrder.REFCOUNT_BLOCK);
  }

  @Override
  protected void writeCounts() throws IOException {
    dirty.set();
    pages.writeOut(WriteOrder.REFCOUNT_BLOCK);
  }

  @Override
  protected void writeCountTables() throws IOException {
    tables.refcounts().writeTable(fields, barriers());
  }

  @Override
  protected void settleFreed() throws IOException {
    try {
      allocator.settleFreed();
    } finally {
      streams.settle();
    }
    pages.writeOut(WriteOrder.REFCOUNT_BLOCK);
  }

  /** Ends writing: makes everything durable, cuts off unused space and clears the dirty bit. */
  @Override
  public void finish() throws IOException {
    compressor.close();
    flush();
    bitmaps.finish(this, barriers());
    allocator.trim();
    dirty.clear();
  }

  /** Marks the image as corrupt, and makes all further writes fail. */
  private CorruptImageException corruption(CorruptImageException found) throws IOException {
    barriers().fail(found);
    if (fields.hasFeatures() && !fields.isSet(Qcow2Header.CORRUPT)) {
      fields.set(Qcow2Header.CORRUPT, true);
      storage.flush();
    }
    return found;
  }
}
