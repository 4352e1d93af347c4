package io.diskformat.qcow2;

import io.diskformat.qcow2.Qcow2Options.Preallocation;
import io.diskformat.spi.MapWriter.Placement;
import io.diskformat.spi.MetadataPages;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Lays out a new image: an empty one of no size, written whole, which is then opened and grown like
 * any other.
 */
final class Qcow2Creator {
  private static final int REFCOUNT_TABLE_CLUSTER = 1;
  private static final int REFCOUNT_BLOCK_CLUSTER = 2;
  private static final int FIRST_CLUSTERS = 3;
  private static final int ZERO_CHUNK = 1 << 20;
  private static final int PREALLOCATE_CLUSTERS = 1024;

  private final Storage storage;
  private final Storage data;
  private final Qcow2Options options;

  /**
   * Creates a creator.
   *
   * @param storage empty
   * @param data the external data file, empty, or {@code storage}
   */
  Qcow2Creator(Storage storage, Storage data, Qcow2Options options) {
    this.storage = storage;
    this.data = data;
    this.options = options;
  }

  /**
   * Writes the image.
   *
   * @param size of the disk, in bytes
   * @throws IllegalArgumentException if the disk is too large for its clusters
   * @throws IOException if the image cannot be written
   */
  void create(long size) throws IOException {
    writeEmptyImage();
    Qcow2Header header = Qcow2Header.read(storage);
    MetadataPages pages = new MetadataPages(storage, header.clusterSize());
    try (ClusterReader compressed = new ClusterReader(storage, header)) {
      ClusterMap map =
          ClusterMap.of(
              header,
              storage,
              pages,
              new L1Table(header.l1Offset(), header.l1Entries()),
              compressed,
              new HostAllocation(storage, header));
      boolean sparse =
          options.preallocation() == Preallocation.OFF
              || options.preallocation() == Preallocation.METADATA;
      Qcow2Writer writer = new Qcow2Writer(storage, data, header, map, pages, compressed, sparse);
      writer.grow(size);
      if (options.dataFile().isPresent()) {
        sizeDataFile(size);
      }
      if (options.preallocation() != Preallocation.OFF) {
        preallocate(writer, header, size);
      }
      writer.finish();
    }
  }

  private void sizeDataFile(long size) throws IOException {
    data.resize(size);
    if (options.preallocation() == Preallocation.FALLOC) {
      data.reserve(0, size);
    }
  }

  private void preallocate(Qcow2Writer writer, Qcow2Header header, long size) throws IOException {
    int clusterBits = header.clusterBits();
    for (long offset = 0; offset < size; ) {
      long left = ((size - offset - 1) >>> clusterBits) + 1;
      Placement placement = writer.place(offset, (int) Math.min(left, PREALLOCATE_CLUSTERS));
      long length = (long) placement.clusters() << clusterBits;
      if (options.preallocation() == Preallocation.FULL) {
        writeZeroes(placement.position(), Math.min(length, dataLimit(placement, size)));
      }
      writer.reserve(offset, placement);
      offset += length;
      if (writer.wantsFlush()) {
        writer.flush();
      }
    }
  }

  /** A data file ends with the disk; clusters in the image itself are always whole. */
  private long dataLimit(Placement placement, long size) {
    return options.dataFile().isPresent() ? size - placement.position() : Long.MAX_VALUE;
  }

  private void writeZeroes(long position, long length) throws IOException {
    MemorySegment zeroes = MemorySegment.ofArray(new byte[(int) Math.min(ZERO_CHUNK, length)]);
    for (long done = 0; done < length; done += ZERO_CHUNK) {
      data.write(position + done, zeroes.asSlice(0, Math.min(ZERO_CHUNK, length - done)));
    }
  }

  private void writeEmptyImage() throws IOException {
    int clusterSize = 1 << options.clusterBits();
    ByteBuffer image = ByteBuffer.allocate(FIRST_CLUSTERS * clusterSize);
    NewHeader.write(image.slice(0, clusterSize), options);
    image.putLong(
        REFCOUNT_TABLE_CLUSTER * clusterSize, (long) REFCOUNT_BLOCK_CLUSTER * clusterSize);
    byte[] refcounts = firstRefcounts();
    image.put(REFCOUNT_BLOCK_CLUSTER * clusterSize, refcounts);
    storage.write(0, MemorySegment.ofArray(image.array()));
  }

  /** Returns the first bytes of the refcount block: 1 for each of the first clusters. */
  private byte[] firstRefcounts() {
    int order = options.refcountOrder();
    if (order < 3) {
      int ones = 0;
      for (int i = 0; i < FIRST_CLUSTERS; i++) {
        ones |= 1 << (i << order);
      }
      return new byte[] {(byte) ones, (byte) (ones >>> 8)};
    }
    int width = 1 << (order - 3);
    byte[] refcounts = new byte[FIRST_CLUSTERS * width];
    for (int i = 1; i <= FIRST_CLUSTERS; i++) {
      refcounts[i * width - 1] = 1;
    }
    return refcounts;
  }
}
