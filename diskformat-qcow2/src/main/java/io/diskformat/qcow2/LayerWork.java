package io.diskformat.qcow2;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.MissingData;
import io.diskformat.ProgressListener;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.maintenance.LayerCommit;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.List;

/**
 * Writes what an image holds to its backing file, and forgets it. The image itself is not changed
 * by a commit; while it is emptied, each part that it forgets shows the backing file.
 */
final class LayerWork {
  private final OpenRequest request;
  private final Storage storage;

  LayerWork(OpenRequest request) {
    this.request = request;
    this.storage = request.storage();
  }

  /**
   * Writes what the image holds to its backing file, and makes that durable.
   *
   * @return the data that the image's file is too short for
   */
  List<MissingData> commit(ProgressListener listener) throws IOException {
    Qcow2Header header = difference();
    try (ImageFiles files = ImageFiles.beside(request);
        ClusterReader compressed = new ClusterReader(storage, header)) {
      Storage data = OtherFiles.openData(request, files, header).data();
      MapSource maps = MapSource.of(header, storage, null, compressed);
      LayeredDevice layer = layer(maps, header.size(), header.l1(), data);
      // They show the backing file, too.
      for (SnapshotTable.Entry snapshot : SnapshotTable.read(storage, header).entries()) {
        LayeredDevice disk = layer(maps, snapshot.snapshot().diskSize(), snapshot.l1(), data);
        LayerCommit.requireKept(disk, layer);
      }
      try (DiskImage below =
          request.openBackingForWriting(
              header.backingFile().orElseThrow(), header.extensions().backingFormat())) {
        return LayerCommit.run(layer, below, listener);
      }
    }
  }

  /** Returns a disk alone, without the backing file. */
  private LayeredDevice layer(MapSource maps, long size, L1Table l1, Storage data)
      throws IOException {
    return new LayeredDevice(storage.name(), size, ClusterMap.of(maps, size, l1), data, null);
  }

  /** Forgets everything that the image holds. */
  void empty() throws IOException {
    Qcow2Header header = difference();
    try (ImageFiles files = ImageFiles.beside(request);
        WritableTables tables = new WritableTables(request, files, header)) {
      Qcow2Writer writer = tables.writer();
      writer.bitmaps().keep();
      writer.beforeChange();
      writer.forgetting().from(0, header.size(), ProgressListener.NONE);
      tables.finish();
    }
  }

  private Qcow2Header difference() throws IOException {
    Qcow2Header header = WritableTables.checked(storage);
    if (header.backingFile().isEmpty()) {
      throw new DiskFormatException(storage.name() + ": is no difference to another image");
    }
    return header;
  }
}
