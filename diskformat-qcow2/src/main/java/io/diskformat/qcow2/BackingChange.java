package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.ProgressListener;
import io.diskformat.Rebase;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.maintenance.LayerRebase;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gives an image another backing file, or none. */
final class BackingChange {
  private final OpenRequest request;
  private final Storage storage;
  private final Rebase rebase;

  BackingChange(OpenRequest request, Rebase rebase) {
    this.request = request;
    this.storage = request.storage();
    this.rebase = rebase;
  }

  void run(ProgressListener listener) throws IOException {
    Qcow2Header header = WritableTables.checked(storage);
    if (header.hasRawData() && rebase.backingFile().isPresent()) {
      throw new UnsupportedFeatureException(
          storage.name(), "a backing file of an image whose data file is a raw disk");
    }
    if (!rebase.isRecordOnly()) {
      copy(header, listener);
    } else {
      listener.progress(header.size(), header.size());
    }
    // Read again: the header may have changed since, by marking bitmaps as in use.
    new HeaderRewrite(storage, HeaderParser.read(storage))
        .backing(rebase.backingFile(), rebase.format())
        .write();
  }

  /** Writes to the image what the old backing file shows and the new one would not. */
  private void copy(Qcow2Header header, ProgressListener listener) throws IOException {
    if (header.snapshotCount() > 0) {
      throw new UnsupportedFeatureException(
          storage.name(), "rebasing an image with internal snapshots, whose disks would change");
    }
    Optional<String> name = rebase.backingFile();
    // With something below, zeroes are recorded, as they must hide it.
    Qcow2Header over = name.isPresent() ? header.overBackingFile() : header;
    try (ImageFiles files = ImageFiles.beside(request)) {
      BlockDevice old = OtherFiles.openBelow(request, files, header);
      try (DiskImage next =
              name.isEmpty() ? null : request.openBacking(name.get(), rebase.format());
          WritableTables tables = new WritableTables(request, files, over)) {
        tables.writer().bitmaps().keep();
        LayerRebase.run(
            new Layer(tables, old),
            tables.layer(),
            old,
            next,
            header.clusterSize(),
            rebase.isCompressed(),
            listener);
        tables.finish();
      }
    }
  }

  /** The image over the old backing file. It is not closed: its tables are, and so it is ended. */
  private static final class Layer extends LayeredDevice {
    Layer(WritableTables tables, @Nullable BlockDevice below) {
      super(
          tables.data().name(),
          tables.header().size(),
          tables.map(),
          tables.data(),
          below,
          tables.writer());
    }
  }
}
