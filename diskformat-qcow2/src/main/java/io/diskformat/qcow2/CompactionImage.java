package io.diskformat.qcow2;

import io.diskformat.maintenance.CappedProgress;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import java.io.IOException;
import java.util.List;

/**
 * The image that is compacted, and what all parts of that do to it.
 *
 * @param progress gets the bytes of what was looked at and moved
 */
record CompactionImage(WritableTables image, CappedProgress progress) {
  Storage storage() {
    return tables().storage();
  }

  /** Returns the file with the disk's data, decrypted. */
  Storage data() {
    return image.data();
  }

  /** Returns the header as it is in the file now: compaction changes where tables are. */
  Qcow2Header header() throws IOException {
    return HeaderParser.read(storage());
  }

  ImageTables tables() {
    return image.writer().tables();
  }

  ClusterMap map() {
    return tables().map();
  }

  MetadataPages pages() {
    return tables().pages();
  }

  ClusterAllocator allocator() {
    return tables().allocator();
  }

  ClusterReader compressed() {
    return image.compressed();
  }

  /** Returns log2 of the cluster size. */
  int clusterBits() {
    return tables().header().clusterBits();
  }

  long clusterSize() {
    return tables().header().clusterSize();
  }

  /** Returns the L1 tables of the disk and of the snapshots. */
  List<L1Table> l1Tables() throws IOException {
    return SnapshotTable.read(storage(), header()).l1Tables(map().l1());
  }

  References references() throws IOException {
    return new References(storage(), header(), pages(), tables().refcounts(), compressed());
  }

  void flush() throws IOException {
    image.writer().flush();
  }

  /**
   * Makes durable what new tables and copies hold, that they are counted, and that the image is
   * dirty.
   */
  void flushCounts() throws IOException {
    image.writer().flushCounts();
  }

  void flushIfMuch() throws IOException {
    image.writer().flushIfWanted();
  }
}
