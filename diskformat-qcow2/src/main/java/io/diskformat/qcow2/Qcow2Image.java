package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.spi.GuestMap;
import io.diskformat.spi.LayeredDevice;
import io.diskformat.spi.MetadataPages;
import io.diskformat.spi.OpenRequest;
import io.diskformat.spi.UnopenedMap;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** An open qcow2 image. */
final class Qcow2Image extends LayeredDevice implements DiskImage {
  private final Storage storage;
  private final Storage data;
  private final Qcow2Header header;
  private final @Nullable DiskImage backing;
  private final ClusterReader clusterReader;
  private final HostAllocation hostAllocation;
  private final @Nullable Qcow2Writer writer;
  private final Optional<String> resolvedBacking;

  private Qcow2Image(
      OpenRequest request,
      Qcow2Header header,
      Storage data,
      @Nullable DiskImage backing,
      GuestMap map,
      @Nullable Qcow2Writer writer,
      ClusterReader clusterReader,
      HostAllocation hostAllocation) {
    super(request.storage().name(), header.size(), map, data, backing, writer);
    this.storage = request.storage();
    this.data = data;
    this.header = header;
    this.backing = backing;
    this.clusterReader = clusterReader;
    this.hostAllocation = hostAllocation;
    this.writer = writer;
    this.resolvedBacking = header.backingFile().flatMap(request::locate).map(Path::toString);
  }

  static Qcow2Image open(OpenRequest request) throws IOException {
    Storage storage = request.storage();
    Qcow2Header header = Qcow2Header.read(storage);
    if (request.options().isWritable() && header.has(Qcow2Header.CORRUPT)) {
      throw new CorruptImageException(
          storage.name(), "header", 0, "the image is marked as corrupt, and can only be read");
    }
    ClusterReader clusterReader = new ClusterReader(storage, header);
    HostAllocation hostAllocation = new HostAllocation(storage, header);
    if (request.options().isMetadataOnly()) {
      GuestMap map = new UnopenedMap(storage.name(), header.clusterSize());
      return new Qcow2Image(
          request, header, storage, null, map, null, clusterReader, hostAllocation);
    }
    Storage data = storage;
    DiskImage backing = null;
    boolean opened = false;
    try {
      if (header.has(Qcow2Header.EXTERNAL_DATA)) {
        data = request.openData(dataFile(storage, header));
      }
      if (header.backingFile().isPresent()) {
        backing =
            request.openBacking(header.backingFile().get(), header.extensions().backingFormat());
      }
      MetadataPages pages =
          request.options().isWritable() ? new MetadataPages(storage, header.clusterSize()) : null;
      ClusterMap map =
          ClusterMap.of(
              header,
              storage,
              pages,
              new L1Table(header.l1Offset(), header.l1Entries()),
              clusterReader,
              hostAllocation);
      Qcow2Writer writer =
          pages == null
              ? null
              : new Qcow2Writer(storage, data, header, map, pages, clusterReader, false);
      Qcow2Image image =
          new Qcow2Image(
              request, header, data, backing, map, writer, clusterReader, hostAllocation);
      opened = true;
      return image;
    } finally {
      if (!opened) {
        // The request's own storage is the caller's to close; closing it twice does no harm.
        data.close();
        if (backing != null) {
          backing.close();
        }
      }
    }
  }

  private static String dataFile(Storage storage, Qcow2Header header) throws CorruptImageException {
    return header
        .extensions()
        .dataFile()
        .orElseThrow(() ->
            new CorruptImageException(
                storage.name(), "header", 0, "names no external data file, but needs one"));
  }

  @Override
  public Optional<DiskImage> backing() {
    return Optional.ofNullable(backing);
  }

  @Override
  public BlockDevice openSnapshot(String idOrName) throws IOException {
    checkOpen();
    SnapshotTable.Entry entry =
        SnapshotTable.read(storage, header)
            .find(idOrName)
            .orElseThrow(
                () -> new DiskFormatException(this + ": no snapshot \"" + idOrName + "\""));
    return new LayeredDevice(
        this + "@" + idOrName,
        entry.snapshot().diskSize(),
        ClusterMap.of(header, storage, null, entry.l1(), clusterReader, hostAllocation),
        data,
        backing);
  }

  @Override
  public void resize(long newSize) throws IOException {
    if (newSize < 0 || newSize % 512 != 0) {
      throw new IllegalArgumentException("not a whole number of sectors: " + newSize);
    }
    Qcow2Writer writer = this.writer;
    if (writer == null) {
      checkOpen();
      throw new UnsupportedOperationException(this + ": not opened for writing");
    }
    long oldSize = size();
    if (newSize < oldSize) {
      throw unsupported("making a qcow2 image smaller");
    }
    change(() -> writer.grow(newSize));
    // What was past the end may show: of the last cluster, and of the backing file.
    long clusterEnd = (oldSize + header.clusterSize() - 1) & -(long) header.clusterSize();
    long shown = Math.max(clusterEnd, backing == null ? 0 : backing.size());
    if (shown > oldSize) {
      writeZeroes(oldSize, Math.min(shown, newSize) - oldSize);
      flush();
    }
  }

  @Override
  public ImageInfo info() throws IOException {
    checkOpen();
    return new ImageInfo(
        "qcow2",
        storage.name(),
        size(),
        storage.allocatedSize(),
        OptionalLong.of(header.clusterSize()),
        header.has(Qcow2Header.DIRTY),
        header
            .backingFile()
            .map(name ->
                new ImageInfo.Backing(name, resolvedBacking, header.extensions().backingFormat())),
        SnapshotTable.read(storage, header).snapshots(),
        details());
  }

  /** The properties that qemu-img tells of a qcow2 image, in its order. */
  private Map<String, Object> details() throws IOException {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("compat", header.version() < 3 ? "0.10" : "1.1");
    if (header.has(Qcow2Header.EXTERNAL_DATA)) {
      header.extensions().dataFile().ifPresent(name -> details.put("data-file", name));
    }
    if (header.version() >= 3 && header.has(Qcow2Header.EXTERNAL_DATA)) {
      details.put("data-file-raw", header.hasRawData());
    }
    details.put("compression-type", header.compression().optionName());
    if (header.version() >= 3) {
      details.put("lazy-refcounts", (header.compatible() & Qcow2Header.LAZY_REFCOUNTS) != 0);
    }
    details.put("refcount-bits", 1L << header.refcountOrder());
    if (header.version() >= 3) {
      details.put("corrupt", header.has(Qcow2Header.CORRUPT));
      List<Map<String, Object>> bitmaps = BitmapDirectory.describe(storage, header);
      if (!bitmaps.isEmpty()) {
        details.put("bitmaps", bitmaps);
      }
      details.put("extended-l2", header.has(Qcow2Header.EXTENDED_L2));
    }
    return details;
  }

  @Override
  protected void release() throws IOException {
    clusterReader.close();
    // The data goes first: a snapshot that is still read asks the data whether it is closed.
    try {
      data.close();
    } finally {
      try {
        storage.close();
      } finally {
        if (backing != null) {
          backing.close();
        }
      }
    }
  }
}
