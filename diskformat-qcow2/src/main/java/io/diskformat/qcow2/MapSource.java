package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import org.jspecify.annotations.Nullable;

/**
 * What the maps of an image's disk and of its snapshots share.
 *
 * @param tables the image's own file
 * @param pages the pages in which tables are changed, or null if they are not changed
 * @param compressed reads compressed clusters
 */
record MapSource(
    Qcow2Header header,
    Storage tables,
    @Nullable MetadataPages pages,
    ClusterReader compressed,
    HostAllocation hostAllocation) {

  static MapSource of(
      Qcow2Header header, Storage tables, @Nullable MetadataPages pages, ClusterReader compressed) {
    return new MapSource(header, tables, pages, compressed, new HostAllocation(tables, header));
  }

  /** Returns the source of maps that are not changed. */
  MapSource readOnly() {
    return new MapSource(header, tables, null, compressed, hostAllocation);
  }
}
