package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.ProgressListener;
import io.diskformat.Rebase;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.maintenance.LayerRebase;
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
    try (DataFile data = new DataFile(request, header);
        Below old = old(header);
        DiskImage next = name.isEmpty() ? null : request.openBacking(name.get(), rebase.format());
        WritableTables tables = new WritableTables(storage, data.storage(), over)) {
      tables.writer().bitmaps().keep();
      Layer image = new Layer(tables, data.storage(), old.device());
      LayerRebase.run(
          image,
          tables.layer(),
          old.device(),
          next,
          header.clusterSize(),
          rebase.isCompressed(),
          listener);
      tables.finish();
    }
  }

  private Below old(Qcow2Header header) throws IOException {
    if (header.backingFile().isEmpty()) {
      return new Below(null, null);
    }
    if (request.options().backing().isPresent()) {
      return new Below(request.options().backing().get(), null);
    }
    DiskImage opened =
        request.openBacking(header.backingFile().get(), header.extensions().backingFormat());
    return new Below(opened, opened);
  }

  /**
   * The device below an image.
   *
   * @param opened what is closed with this, if it was opened here
   */
  private record Below(@Nullable BlockDevice device, @Nullable DiskImage opened)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      if (opened != null) {
        opened.close();
      }
    }
  }

  /** The image over the old backing file. It is not closed: its tables are, and so it is ended. */
  private static final class Layer extends LayeredDevice {
    Layer(WritableTables tables, Storage data, @Nullable BlockDevice below) {
      super(data.name(), tables.header().size(), tables.map(), data, below, tables.writer());
    }
  }
}
