package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import java.io.IOException;

/**
 * The tables of an image that is written, and what changes them.
 *
 * @param storage the image's own file
 * @param header as it was when the image was opened
 * @param map which looks up where the disk is stored
 * @param pages in which tables are changed
 * @param metadata which clusters hold tables
 * @param fields which changes the header
 */
record ImageTables(
    Storage storage,
    Qcow2Header header,
    ClusterMap map,
    MetadataPages pages,
    Refcounts refcounts,
    MetadataRegions metadata,
    ClusterAllocator allocator,
    HeaderFields fields) {

  /**
   * Finds all tables of an image.
   *
   * @param sparse whether clusters at the end of the file take up no space until they are written
   */
  static ImageTables of(
      Storage storage, Qcow2Header header, ClusterMap map, MetadataPages pages, boolean sparse)
      throws IOException {
    Refcounts refcounts = new Refcounts(storage, pages, header);
    MetadataRegions metadata = MetadataScan.regions(storage, header, map, refcounts);
    return new ImageTables(
        storage,
        header,
        map,
        pages,
        refcounts,
        metadata,
        new ClusterAllocator(storage, refcounts, metadata, header.clusterBits(), sparse),
        new HeaderFields(storage, header));
  }
}
