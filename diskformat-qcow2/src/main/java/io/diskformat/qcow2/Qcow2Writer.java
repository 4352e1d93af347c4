package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.ImageClosedException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.MapWriter;
import io.diskformat.spi.MetadataPages;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Says where an image's clusters may be written, and makes its tables durable.
 *
 * <p>The order of a flush, a barrier after each step: guest data and new refcounts; the refcount
 * table; L2 tables; L1 table; and only then the refcounts of what was freed. So a table never
 * points to what is not there, or is not counted, whatever part of a step reaches the disk; what a
 * crash leaves behind is counted too high at most, and the dirty bit has the next writer count
 * again.
 */
final class Qcow2Writer extends MapWriter {
  private static final long MAX_CHANGED_BYTES = 16 << 20;
  private static final long MAX_FREED_BYTES = 256 << 20;

  /** For the test that shows that each barrier is needed: the step after which none is made. */
  static volatile @Nullable Step withoutBarrier;

  /** What a barrier comes after. The steps of {@link #flush()}. */
  enum Step {
    DIRTY_BIT,
    DATA_AND_REFCOUNTS,
    REFCOUNT_TABLE,
    REFCOUNT_TABLE_SWITCH,
    L2,
    L1,
    CLOSE
  }

  private final Storage storage;
  private final Storage data;
  private final Qcow2Header header;
  private final ClusterMap map;
  private final MetadataPages pages;
  private final Refcounts refcounts;
  private final ClusterAllocator allocator;
  private final MetadataRegions metadata;
  private final HeaderFields fields;
  private final ClusterReader compressed;
  private final ClusterCompressor compressor;
  private final OwnL2Tables tables;
  private final L2Editor editor;
  private final boolean sparse;
  private final int clusterBits;
  private final boolean externalData;
  private final boolean hasBacking;
  private volatile long size;

  /** Whether clusters may be in use to which nothing refers, so that the next writer must count. */
  private boolean leaks;

  Qcow2Writer(
      Storage storage,
      Storage data,
      Qcow2Header header,
      ClusterMap map,
      MetadataPages pages,
      ClusterReader compressed,
      boolean sparse)
      throws IOException {
    super(storage.name());
    this.storage = storage;
    this.data = data;
    this.header = header;
    this.map = map;
    this.pages = pages;
    this.compressed = compressed;
    this.compressor = new ClusterCompressor(storage, header.compression(), header.clusterBits());
    this.sparse = sparse;
    this.size = header.size();
    this.clusterBits = header.clusterBits();
    this.externalData = header.has(Qcow2Header.EXTERNAL_DATA);
    this.hasBacking = header.backingFile().isPresent();
    this.refcounts = new Refcounts(storage, pages, header);
    this.metadata = MetadataScan.regions(storage, header, map, refcounts);
    this.allocator = new ClusterAllocator(storage, refcounts, metadata, clusterBits, sparse);
    this.fields = new HeaderFields(storage, header);
    this.tables = new OwnL2Tables(map, pages, allocator, metadata, clusterBits);
    this.editor = L2Editor.of(header, map, pages, this::free);
    if (fields.isSet(Qcow2Header.DIRTY) || !fields.hasFeatures()) {
      repair();
    }
  }

  /**
   * Counts references anew where that may be needed: where the dirty bit says so, and in version 2,
   * which has none to say so.
   */
  private void repair() throws IOException {
    new RefcountRepair(storage, header, pages, refcounts, allocator, compressed).run(this::flush);
    if (fields.isSet(Qcow2Header.DIRTY)) {
      fields.set(Qcow2Header.DIRTY, false);
      storage.flush();
    }
  }

  // Before the first change

  /** Tells those who come later that bitmaps do not record what is about to be written. */
  @Override
  protected void prepare() throws IOException {
    BitmapDirectory.markInUse(storage, header);
    long known = Qcow2Header.BITMAPS | Qcow2Header.RAW_EXTERNAL_DATA;
    if ((header.autoclear() & ~known) != 0) {
      fields.autoclear(header.autoclear() & known);
    }
    storage.flush();
  }

  // Placing

  @Override
  public long inPlace(long offset) throws IOException {
    long before = epoch();
    long position = map.owned(offset);
    // Looked up while tables were written out or put to another use, it may be anything.
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
      tables.own(offset);
      if (externalData) {
        long end = Math.min(offset + ((long) wanted << clusterBits), size);
        if (!sparse) {
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
      ClusterAllocator.Run run = allocator.allocate(unreserved);
      return new Placement(run.cluster() << clusterBits, run.count(), run.zeroed(), true);
    } catch (CorruptImageException e) {
      throw corruption(e);
    }
  }

  @Override
  public void abandon(Placement placement) throws IOException {
    if (placement.moved()) {
      allocator.abandon(run(placement));
    }
  }

  private ClusterAllocator.Run run(Placement placement) {
    return new ClusterAllocator.Run(
        placement.position() >>> clusterBits, placement.clusters(), false);
  }

  @Override
  public void link(long offset, long length, long clusterOffset, Placement placement)
      throws IOException {
    long end = offset + length;
    holdEntries(offset & -(1L << clusterBits), end);
    for (int i = 0; i < placement.clusters(); i++) {
      long cluster = clusterOffset + ((long) i << clusterBits);
      long start = Math.max(offset, cluster);
      long stop = Math.min(end, cluster + (1L << clusterBits));
      if (start < stop) {
        editor.link(cluster, start, stop, placement.position() + ((long) i << clusterBits));
      } else if (placement.moved()) {
        // The run was longer than what was written.
        allocator.abandon(
            new ClusterAllocator.Run((placement.position() >>> clusterBits) + i, 1, false));
      }
    }
  }

  /** Reads what must be read to change the entries of one table, so that all of them change. */
  private void holdEntries(long start, long end) throws IOException {
    pages.hold(map.l1EntryPosition(start), WriteOrder.L1);
    for (long cluster = start; cluster < end; cluster += 1L << clusterBits) {
      pages.hold(map.entryPosition(cluster), WriteOrder.L2);
    }
  }

  /** Gives clusters their places without any data being there. For the creation of an image. */
  void reserve(long offset, Placement placement) throws IOException {
    for (int i = 0; i < placement.clusters(); i++) {
      long within = (long) i << clusterBits;
      editor.reserve(offset + within, placement.position() + within);
    }
  }

  @Override
  public int compress(byte[] cluster, byte[] stream) throws IOException {
    if (externalData) {
      throw new UnsupportedFeatureException(
          storage.name(), "compressed clusters in an image with an external data file");
    }
    return compressor.compress(cluster, stream);
  }

  @Override
  public void linkCompressed(long offset, MemorySegment stream) throws IOException {
    tables.own(offset);
    int length = (int) stream.byteSize();
    long position = allocator.allocateStream(length);
    boolean linked = false;
    try {
      storage.write(position, stream);
      editor.linkCompressed(offset, compressed.entryOf(position, length));
      linked = true;
    } finally {
      if (!linked) {
        allocator.abandonStream(position, length);
      }
    }
  }

  /** Gives up the reference that an L2 entry is. */
  private void free(long entry) throws IOException {
    if (externalData) {
      return;
    }
    if ((entry & ClusterMap.COMPRESSED) != 0) {
      long first = compressed.position(entry) >>> clusterBits;
      long last = (compressed.end(entry) - 1) >>> clusterBits;
      for (long cluster = first; cluster <= last; cluster++) {
        allocator.free(cluster);
      }
    } else if ((entry & ClusterMap.OFFSET_MASK) != 0) {
      allocator.free((entry & ClusterMap.OFFSET_MASK) >>> clusterBits);
    }
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
    return eachCluster(
        offset,
        length,
        (cluster, start, end) -> {
          if (hasBacking || map.entryPosition(cluster) != 0) {
            tables.own(cluster);
            editor.zero(cluster, start, end, hasBacking);
          }
        });
  }

  @Override
  public boolean discard(long offset, long length) throws IOException {
    if (!fields.hasFeatures() && hasBacking) {
      return false;
    }
    zeroRawData(offset, length, true);
    return eachCluster(
        offset,
        length,
        (cluster, start, end) -> {
          if (map.entryPosition(cluster) != 0) {
            tables.own(cluster);
            editor.discard(cluster, hasBacking);
          }
        });
  }

  /** What a raw data file holds must be what the disk holds. */
  private void zeroRawData(long offset, long length, boolean giveBack) throws IOException {
    if (externalData && (giveBack || header.hasRawData())) {
      data.zero(offset, Math.min(length, size - offset), giveBack);
    }
  }

  /** What is done to a cluster, or a part of it. */
  @FunctionalInterface
  private interface ClusterAction {
    void on(long cluster, long start, long end) throws IOException;
  }

  private boolean eachCluster(long offset, long length, ClusterAction action) throws IOException {
    long end = offset + length;
    for (long start = offset; start < end; ) {
      long cluster = start & -(1L << clusterBits);
      long stop = Math.min(end, cluster + (1L << clusterBits));
      action.on(cluster, start, stop);
      start = stop;
    }
    return true;
  }

  // Durability

  @Override
  public boolean wantsFlush() {
    return pages.bytes() > MAX_CHANGED_BYTES || allocator.freedBytes() > MAX_FREED_BYTES;
  }

  @Override
  public void flush() throws IOException {
    if (storage.isClosed()) {
      throw new ImageClosedException(storage.name());
    }
    checkNotFailed();
    boolean changed =
        allocator.hasFreed()
            || pages.isDirty(WriteOrder.REFCOUNT_BLOCK)
            || pages.isDirty(WriteOrder.L2)
            || pages.isDirty(WriteOrder.L1);
    if (!changed) {
      barrier(Step.DATA_AND_REFCOUNTS);
      return;
    }
    markDirty();
    writeRefcounts();
    // Whoever reads a table while it is being written looks again afterwards.
    nextEpoch();
    if (pages.isDirty(WriteOrder.L2)) {
      pages.writeOut(WriteOrder.L2);
      barrier(Step.L2);
    }
    if (pages.isDirty(WriteOrder.L1)) {
      pages.writeOut(WriteOrder.L1);
      barrier(Step.L1);
    }
    if (allocator.hasFreed()) {
      allocator.settleFreed();
      pages.writeOut(WriteOrder.REFCOUNT_BLOCK);
    }
    pages.settle();
    nextEpoch();
  }

  private void writeRefcounts() throws IOException {
    pages.writeOut(WriteOrder.REFCOUNT_BLOCK);
    barrier(Step.DATA_AND_REFCOUNTS);
    if (refcounts.tableMoved()) {
      refcounts.writeMovedTable();
      barrier(Step.REFCOUNT_TABLE);
      fields.refcountTable(refcounts.tableOffset(), refcounts.tableClusters());
      barrier(Step.REFCOUNT_TABLE_SWITCH);
      refcounts.tableSettled();
    } else if (pages.isDirty(WriteOrder.REFCOUNT_TABLE)) {
      pages.writeOut(WriteOrder.REFCOUNT_TABLE);
      barrier(Step.REFCOUNT_TABLE);
    }
  }

  private void markDirty() throws IOException {
    if (fields.hasFeatures() && !fields.isSet(Qcow2Header.DIRTY)) {
      fields.set(Qcow2Header.DIRTY, true);
      barrier(Step.DIRTY_BIT);
    }
  }

  private void barrier(Step step) throws IOException {
    if (step == withoutBarrier) {
      return;
    }
    // Guest data in a file of its own must be there before a table says so, and no later.
    if (externalData && step == Step.DATA_AND_REFCOUNTS) {
      barrier(data);
    }
    barrier(storage);
  }

  /** Ends writing: everything is durable and the image as if never opened. */
  @Override
  public void finish() throws IOException {
    compressor.close();
    flush();
    if (!fields.isSet(Qcow2Header.DIRTY)) {
      allocator.trim();
      return;
    }
    allocator.trim();
    barrier(Step.CLOSE);
    if (leaks) {
      return;
    }
    // If this does not become durable, the next writer counts for nothing.
    fields.set(Qcow2Header.DIRTY, false);
  }

  /** Marks the image as corrupt, and has all further writes fail. */
  private CorruptImageException corruption(CorruptImageException found) throws IOException {
    fail(found);
    if (fields.hasFeatures() && !fields.isSet(Qcow2Header.CORRUPT)) {
      fields.set(Qcow2Header.CORRUPT, true);
      storage.flush();
    }
    return found;
  }

  // Growth

  /**
   * Makes the disk larger; nothing else runs beside this. What is added is not yet zero where the
   * backing file, or the rest of the last cluster, shows through.
   */
  long grow(long newSize) throws IOException {
    beforeChange();
    if (header.snapshotCount() > 0 && !fields.hasFeatures()) {
      throw new UnsupportedFeatureException(
          storage.name(), "resizing a qcow2 image of version 2 that has snapshots");
    }
    if (header.extensions().find(HeaderExtensions.BITMAPS).isPresent()) {
      throw new UnsupportedFeatureException(
          storage.name(), "resizing a qcow2 image that has bitmaps");
    }
    flush();
    L1Table old = map.l1();
    long needed = (newSize + map.coverage() - 1) / map.coverage();
    if (needed * 8 > Qcow2Header.MAX_L1_BYTES) {
      throw new IllegalArgumentException(
          newSize + " bytes are more than an image with clusters of this size can have");
    }
    // Until it is done, a new L1 table is referred to by nothing.
    leaks = true;
    L1Table l1 = needed <= old.entries() ? old : moveL1(old, (int) needed);
    fields.disk(newSize, 0, l1);
    barrier(Step.L1);
    if (!l1.equals(old)) {
      map.replaceL1(l1);
      long clusters = clustersOf(old);
      metadata.remove(old.offset() >>> clusterBits, clusters);
      for (long i = 0; i < clusters; i++) {
        allocator.free((old.offset() >>> clusterBits) + i);
      }
      flush();
    }
    size = newSize;
    leaks = false;
    return newSize;
  }

  private L1Table moveL1(L1Table old, int entries) throws IOException {
    markDirty();
    long clusters = clustersOf(new L1Table(0, entries));
    ClusterAllocator.Run run = allocator.allocateWhole((int) clusters);
    metadata.add(run.cluster(), clusters, MetadataRegions.Kind.L1);
    L1Table l1 = new L1Table(run.cluster() << clusterBits, entries);
    pages.clear(l1.offset(), clusters << clusterBits, WriteOrder.L1);
    for (long i = 0; i < old.entries(); i++) {
      pages.write(l1.offset() + (i << 3), map.entry(old.offset() + (i << 3)), WriteOrder.L1);
    }
    writeRefcounts();
    pages.writeOut(WriteOrder.L1);
    barrier(Step.L1);
    return l1;
  }

  private long clustersOf(L1Table l1) {
    return (l1.entries() * 8L + header.clusterSize() - 1) >>> clusterBits;
  }
}
