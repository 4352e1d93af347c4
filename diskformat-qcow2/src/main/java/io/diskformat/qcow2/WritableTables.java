package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import java.io.Closeable;
import java.io.IOException;

/**
 * The tables of an image that maintenance changes, which nobody else uses meanwhile. If it is
 * closed before {@link #finish}, the dirty bit stays set, so that the next writer counts the
 * references anew.
 */
final class WritableTables implements Closeable {
  private final Storage data;
  private final Qcow2Header header;
  private final ClusterReader compressed;
  private final ClusterMap map;
  private final Qcow2Writer writer;

  /**
   * Reads the tables of an image.
   *
   * @param files which close its data file
   * @throws CorruptImageException if the image is marked as corrupt
   */
  WritableTables(OpenRequest request, ImageFiles files) throws IOException {
    this(request, files, checked(files.image()));
  }

  /**
   * Reads the tables of an image.
   *
   * @param files which close its data file
   * @param header as {@link #checked} returned it
   */
  WritableTables(OpenRequest request, ImageFiles files, Qcow2Header header) throws IOException {
    this(files.image(), OtherFiles.openData(request, files, header).data(), header);
  }

  /**
   * Reads the tables.
   *
   * @param storage the image's own file
   * @param data the file with the disk's data, which may be the same
   * @param header as {@link #checked} returned it
   */
  WritableTables(Storage storage, Storage data, Qcow2Header header) throws IOException {
    this.data = data;
    this.header = header;
    this.compressed = new ClusterReader(storage, header);
    MetadataPages pages = new MetadataPages(storage, header.clusterSize());
    this.map = ClusterMap.of(MapSource.of(header, storage, pages, compressed));
    this.writer = new Qcow2Writer(storage, data, header, map, pages, compressed, false);
  }

  /**
   * Reads the header of an image whose disk can be read and written.
   *
   * @throws CorruptImageException if the image is marked as corrupt
   */
  static Qcow2Header checked(Storage storage) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    header.requireNotCorrupt(storage);
    if (header.encryption() == Encryption.AES) {
      throw new UnsupportedFeatureException(storage.name(), "writing an image with AES encryption");
    }
    return header;
  }

  Qcow2Header header() {
    return header;
  }

  /** Returns what reads compressed clusters. */
  ClusterReader compressed() {
    return compressed;
  }

  /** Returns the file with the disk's data. */
  Storage data() {
    return data;
  }

  ClusterMap map() {
    return map;
  }

  Qcow2Writer writer() {
    return writer;
  }

  /** Returns the disk without the image below it: what it does not store reads as zeroes. */
  LayeredDevice layer() {
    return new LayeredDevice(map.tables.name(), header.size(), map, data, null);
  }

  /** Makes all changes durable, and cuts off the end of the file as far as nothing uses it. */
  void finish() throws IOException {
    writer.flush();
    writer.tables().allocator().cutOffFree();
    writer.finish();
  }

  @Override
  public void close() {
    compressed.close();
  }
}
