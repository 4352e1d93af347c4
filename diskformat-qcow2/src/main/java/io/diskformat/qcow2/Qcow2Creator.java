package io.diskformat.qcow2;

import io.diskformat.ProgressListener;
import io.diskformat.crypto.EncryptedStorage;
import io.diskformat.luks.LuksParameters;
import io.diskformat.luks.NewLuksHeader;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Creates an image: writes one whose disk has size 0, and then makes it grow like any other. */
final class Qcow2Creator {
  private final Storage storage;
  private final Storage data;
  private final Qcow2Options options;
  private final byte[] passphrase;

  /**
   * Creates a creator.
   *
   * @param storage empty
   * @param data the external data file, empty, or {@code storage}
   * @param passphrase of an image that is encrypted; the caller wipes it
   */
  Qcow2Creator(Storage storage, Storage data, Qcow2Options options, byte[] passphrase) {
    this.storage = storage;
    this.data = data;
    this.options = options;
    this.passphrase = passphrase;
  }

  /**
   * Writes the image.
   *
   * @param size of the disk, in bytes
   * @throws IOException if the image cannot be written
   */
  void create(long size) throws IOException {
    FirstClusters first = FirstClusters.of(options);
    writeTables(first);
    if (options.encryption().isEmpty()) {
      create(size, data);
      return;
    }
    LuksParameters luks = options.encryption().get();
    long position = (long) first.encryption() << options.clusterBits();
    storage.resize((long) first.clusters() << options.clusterBits());
    byte[] key = new NewLuksHeader(luks).write(storage, position, passphrase);
    try (Storage decrypted = EncryptedStorage.over(data, luks.cipher(), key)) {
      create(size, decrypted);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /**
   * Gives an image whose disk has size 0 another size.
   *
   * @param disk the data, which encrypts what is written there if the disk is encrypted
   */
  private void create(long size, Storage disk) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    MetadataPages pages = new MetadataPages(storage, header.clusterSize());
    try (ClusterReader compressed = new ClusterReader(storage, header)) {
      ClusterMap map = ClusterMap.of(MapSource.of(header, storage, pages, compressed));
      boolean sparse =
          options.preallocation() == Preallocation.OFF
              || options.preallocation() == Preallocation.METADATA;
      Qcow2Writer writer = new Qcow2Writer(storage, disk, header, map, pages, compressed, sparse);
      // Nothing is zeroed, so that the backing file shows through.
      writer.resize().grow(size, () -> {});
      if (options.dataFile().isPresent()) {
        sizeDataFile(size);
      }
      if (options.preallocation() != Preallocation.OFF) {
        writer.resize().preallocator(options.preallocation()).run(0, size, ProgressListener.NONE);
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

  /** Writes the header and the tables of an image whose disk has size 0. */
  private void writeTables(FirstClusters first) throws IOException {
    int clusterSize = 1 << options.clusterBits();
    ByteBuffer image = ByteBuffer.allocate(first.encryption() * clusterSize);
    NewHeader.write(image.slice(0, clusterSize), options, first);
    int block = first.block() * clusterSize;
    for (int i = 0; i < first.blocks(); i++) {
      image.putLong(first.table() * clusterSize + i * Long.BYTES, block + i * (long) clusterSize);
    }
    RefcountBlock refcounts = RefcountBlock.of(options.refcountOrder(), options.clusterBits());
    for (int cluster = 0; cluster < first.clusters(); cluster++) {
      int within = cluster >>> refcounts.clustersBits();
      int at = block + within * clusterSize + (int) refcounts.wordAt(cluster);
      image.putLong(at, refcounts.with(image.getLong(at), cluster, 1));
    }
    storage.write(0, MemorySegment.ofArray(image.array()));
  }
}
