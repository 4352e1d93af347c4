package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.DirtyBitmap;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.ProgressListener;
import io.diskformat.RecordedReference;
import io.diskformat.Snapshot;
import io.diskformat.device.RevocableDevice;
import io.diskformat.layer.GuestMap;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.layer.UnopenedMap;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An open qcow2 image. */
final class Qcow2Image extends LayeredDevice implements DiskImage {
  private final ImageFiles files;
  private final Storage storage;
  private final DiskCipher cipher;
  private final Qcow2Header header;
  private final MapSource maps;
  private final @Nullable Qcow2Writer writer;
  private final List<RecordedReference> references;
  private final OpenSnapshots openSnapshots;
  private final boolean metadataOnly;

  private Qcow2Image(
      OpenRequest request,
      ImageFiles files,
      Qcow2Header header,
      DiskCipher cipher,
      GuestMap map,
      Storage data,
      @Nullable Qcow2Writer writer,
      MapSource maps) {
    super(files.image().name(), header.size(), map, data, files.below(), writer);
    this.files = files;
    this.storage = files.image();
    this.cipher = cipher;
    this.header = header;
    this.maps = maps;
    this.writer = writer;
    this.references = Qcow2Description.references(request, header);
    this.openSnapshots = writer == null ? new OpenSnapshots() : writer.snapshots().open();
    this.metadataOnly = request.options().isMetadataOnly();
  }

  static Qcow2Image open(OpenRequest request) throws IOException {
    return ImageFiles.open(request, files -> open(request, files));
  }

  private static Qcow2Image open(OpenRequest request, ImageFiles files) throws IOException {
    Storage storage = files.image();
    Qcow2Header header = HeaderParser.read(storage);
    MetadataPages pages = null;
    if (request.options().isWritable()) {
      header.requireNotCorrupt(storage);
      pages = new MetadataPages(storage, header.clusterSize());
    }
    ClusterReader compressed = new ClusterReader(storage, header);
    MapSource maps = MapSource.of(header, storage, pages, compressed);
    if (request.options().isMetadataOnly()) {
      GuestMap map = new UnopenedMap(storage.name(), header.clusterSize());
      return new Qcow2Image(
          request, files, header, DiskCipher.none(storage), map, storage, null, maps);
    }
    request.checkMetadata("the L1 table", (long) header.l1Entries() * Long.BYTES);
    DiskCipher cipher = OtherFiles.openData(request, files, header);
    boolean opened = false;
    try {
      Qcow2Image image = open(request, files, header, cipher, pages, maps);
      opened = true;
      return image;
    } finally {
      if (!opened) {
        cipher.close();
        compressed.close();
      }
    }
  }

  private static Qcow2Image open(
      OpenRequest request,
      ImageFiles files,
      Qcow2Header header,
      DiskCipher cipher,
      @Nullable MetadataPages pages,
      MapSource maps)
      throws IOException {
    Storage storage = files.image();
    var _ = OtherFiles.openBelow(request, files, header);
    ClusterMap map = ClusterMap.of(maps);
    Qcow2Writer writer =
        pages == null
            ? null
            : new Qcow2Writer(storage, cipher.data(), header, map, pages, maps.compressed(), false);
    if (writer != null) {
      writer.bitmaps().keep();
    }
    return new Qcow2Image(
        request, files, header, cipher, cipher.map(map), cipher.data(map), writer, maps);
  }

  @Override
  public Optional<DiskImage> backing() {
    return files.imageBelow();
  }

  @Override
  public BlockDevice openSnapshot(String idOrName) throws IOException {
    checkOpen();
    if (metadataOnly) {
      throw new UnsupportedOperationException(this + ": opened for its metadata only");
    }
    return openSnapshots.open(
        () -> find(idOrName),
        entry -> {
          ClusterMap map = ClusterMap.of(maps.readOnly(), entry.snapshot().diskSize(), entry.l1());
          BlockDevice disk =
              new LayeredDevice(
                  this + "@" + idOrName,
                  entry.snapshot().diskSize(),
                  cipher.map(map),
                  cipher.data(map),
                  files.below());
          return new RevocableDevice(disk, "this snapshot was deleted", openSnapshots::closed);
        });
  }

  private SnapshotTable snapshots() throws IOException {
    return writer != null ? writer.snapshots().table() : SnapshotTable.read(storage, header);
  }

  private SnapshotTable.Entry find(String idOrName) throws IOException {
    return snapshots()
        .find(idOrName)
        .orElseThrow(() -> new DiskFormatException(this + ": no snapshot \"" + idOrName + "\""));
  }

  @Override
  public Snapshot createSnapshot(String name) throws IOException {
    Qcow2Writer writes = requireWriter(writer);
    Snapshot[] made = new Snapshot[1];
    change(() -> {
      made[0] = writes.snapshots().create(name, size());
      return size();
    });
    return made[0];
  }

  @Override
  public void applySnapshot(String idOrName) throws IOException {
    Qcow2Writer writes = requireWriter(writer);
    change(() -> writes.apply(find(idOrName)));
  }

  @Override
  public void deleteSnapshot(String idOrName) throws IOException {
    Qcow2Writer writes = requireWriter(writer);
    change(() -> {
      writes.snapshots().delete(find(idOrName));
      return size();
    });
  }

  @Override
  public void resize(long newSize) throws IOException {
    resize(newSize, ProgressListener.NONE);
  }

  @Override
  public void resize(long newSize, ProgressListener listener) throws IOException {
    resize(newSize, Preallocation.OFF, listener);
  }

  @Override
  public void resize(long newSize, String preallocation, ProgressListener listener)
      throws IOException {
    resize(newSize, Qcow2Options.preallocation(preallocation), listener);
  }

  private void resize(long newSize, Preallocation preallocation, ProgressListener listener)
      throws IOException {
    if (newSize < 0 || newSize % 512 != 0) {
      throw new IllegalArgumentException("not a multiple of 512 bytes: " + newSize);
    }
    DiskResize resize = requireWriter(writer).resize();
    boolean[] smaller = new boolean[1];
    change(() -> {
      smaller[0] = newSize < size();
      if (!smaller[0]) {
        return resize.grow(newSize, files.below(), preallocation, listener);
      }
      if (preallocation != Preallocation.OFF) {
        throw new IllegalArgumentException("preallocation of a disk that gets smaller");
      }
      return resize.shrink(newSize);
    });
    if (smaller[0]) {
      // The disk is smaller even if this fails; what is beyond its end belongs to nothing any more.
      change(() -> {
        resize.forgetBeyondEnd(listener);
        return size();
      });
    }
    listener.progress(newSize, newSize);
  }

  @Override
  public ImageInfo info() throws IOException {
    checkOpen();
    return Qcow2Description.of(storage, header, size(), snapshots(), references);
  }

  @Override
  public List<DirtyBitmap> bitmaps() throws IOException {
    checkOpen();
    return BitmapDirectory.entries(storage, header).stream().map(BitmapEntry::describe).toList();
  }

  @Override
  public DirtyCursor dirtyRanges(String bitmap) throws IOException {
    checkOpen();
    if (writer != null) {
      throw new UnsupportedOperationException(
          this + ": open for writing, so that its bitmaps are not up to date");
    }
    for (BitmapEntry entry : BitmapDirectory.entries(storage, header)) {
      if (entry.name().equals(bitmap)) {
        return new DirtyRanges(new BitmapTable(storage, header, entry), header);
      }
    }
    throw new DiskFormatException(this + ": no bitmap \"" + bitmap + "\"");
  }

  @Override
  public boolean keepsBitmaps() {
    return header.version() >= 3;
  }

  @Override
  protected void release() throws IOException {
    try (files) {
      maps.compressed().close();
      cipher.close();
    }
  }
}
