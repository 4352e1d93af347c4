package io.diskformat.vdi;

import io.diskformat.CheckReport;
import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.OpenOptions;
import io.diskformat.ParentIdentity;
import io.diskformat.ProgressListener;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.GuestMap;
import io.diskformat.spi.LayeredDevice;
import io.diskformat.spi.OpenRequest;
import io.diskformat.spi.UnopenedMap;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An open VDI image. */
final class VdiImage extends LayeredDevice implements DiskImage {
  /** The name of a detail: the image's own UUID. */
  static final String UUID_DETAIL = ParentIdentity.UUID_DETAIL;

  /** The name of a detail: what changes with each first write. */
  static final String MODIFICATION_DETAIL = ParentIdentity.MODIFICATION_DETAIL;

  /** Blocks that are written in part are put together in memory. */
  private static final long LARGEST_WRITTEN_BLOCK = 64 << 20;

  private final Storage storage;
  private final VdiHeader header;
  private final @Nullable DiskImage parent;
  private final @Nullable VdiWriter writer;
  private final @Nullable VdiMaintenance maintenance;

  private VdiImage(
      Storage storage,
      VdiHeader header,
      @Nullable DiskImage parent,
      GuestMap map,
      @Nullable VdiWriter writer,
      @Nullable VdiMaintenance maintenance) {
    super(storage.name(), header.size(), map, storage, parent, writer);
    this.storage = storage;
    this.header = header;
    this.parent = parent;
    this.writer = writer;
    this.maintenance = maintenance;
  }

  static VdiImage open(OpenRequest request) throws IOException {
    OpenOptions options = request.options();
    if (options.isMetadataOnly() || options.isMaintenance() || options.isChecking()) {
      return withoutDisk(request);
    }
    Storage storage = request.storage();
    VdiHeader header = VdiHeader.read(storage);
    DiskImage parent = header.hasParent() ? new VdiParent(request, header).open(false) : null;
    boolean opened = false;
    try {
      VdiImage image =
          request.options().isWritable()
              ? writable(storage, header, parent)
              : new VdiImage(
                  storage, header, parent, BlockMap.readOnly(storage, header), null, null);
      opened = true;
      return image;
    } finally {
      if (!opened && parent != null) {
        parent.close();
      }
    }
  }

  /** Opens an image of which its description is wanted, or that is to be looked after. */
  private static VdiImage withoutDisk(OpenRequest request) throws IOException {
    Storage storage = request.storage();
    OpenOptions options = request.options();
    boolean lookedAfter = options.isMaintenance() || options.isChecking();
    VdiHeader header = lookedAfter ? VdiHeader.readToRepair(storage) : VdiHeader.read(storage);
    GuestMap map = new UnopenedMap(storage.name(), header.blockSize());
    VdiMaintenance maintenance = lookedAfter ? new VdiMaintenance(request) : null;
    return new VdiImage(storage, header, null, map, null, maintenance);
  }

  private static VdiImage writable(Storage storage, VdiHeader header, @Nullable DiskImage parent)
      throws IOException {
    checkWritable(storage, header);
    BlockMap map = BlockMap.writable(storage, header);
    return new VdiImage(storage, header, parent, map, new VdiWriter(storage, header, map), null);
  }

  /**
   * Checks whether a writer could change an image.
   *
   * @throws UnsupportedFeatureException if not
   */
  static void checkWritable(Storage storage, VdiHeader header) throws UnsupportedFeatureException {
    if (header.blockSize() > LARGEST_WRITTEN_BLOCK) {
      throw new UnsupportedFeatureException(
          storage.name(), "writing a VDI image with blocks of " + header.blockSize() + " bytes");
    }
    if (header.mapOffset() % Integer.BYTES != 0) {
      // An entry might be in two sectors, one of which could reach the disk without the other.
      throw new UnsupportedFeatureException(
          storage.name(), "writing a VDI image whose block map begins at " + header.mapOffset());
    }
  }

  /** Returns the header as it was when the image was opened. */
  VdiHeader header() {
    return header;
  }

  /** Does what the first change would do, with a given modification UUID. */
  void beginChange(UUID modification) throws IOException {
    VdiWriter writer = this.writer;
    if (writer == null) {
      throw new UnsupportedOperationException(this + ": not opened for writing");
    }
    writer.beginChange(modification);
  }

  @Override
  public Optional<DiskImage> backing() {
    return Optional.ofNullable(parent);
  }

  @Override
  public void resize(long newSize) throws IOException {
    resize(newSize, ProgressListener.NONE);
  }

  @Override
  public void resize(long newSize, ProgressListener listener) throws IOException {
    if (newSize < 0 || newSize % 512 != 0) {
      throw new IllegalArgumentException("not a whole number of sectors: " + newSize);
    }
    VdiWriter writer = this.writer;
    if (writer == null) {
      checkOpen();
      throw new UnsupportedOperationException(this + ": not opened for writing");
    }
    change(() -> {
      // Each block moves once at most to make the file dense, and once to make room for the map.
      long most = 2 * writer.storedBytes() + 1;
      long[] moved = new long[1];
      long size =
          writer.resize(
              newSize,
              parent,
              bytes -> {
                moved[0] = Math.min(moved[0] + bytes, most - 1);
                listener.progress(moved[0], most);
              });
      listener.progress(most, most);
      return size;
    });
  }

  // Maintenance

  @Override
  public CheckReport check() throws IOException {
    checkOpen();
    if (maintenance != null) {
      return guarded(maintenance, VdiMaintenance::check);
    }
    if (writer == null) {
      return VdiCheck.run(storage);
    }
    CheckReport[] report = new CheckReport[1];
    change(() -> {
      report[0] = VdiCheck.run(storage);
      return size();
    });
    return report[0];
  }

  @Override
  public RepairReport repair(Repair repair) throws IOException {
    return maintain(maintenance -> maintenance.repair(repair));
  }

  @Override
  public void compact(ProgressListener listener) throws IOException {
    var _ =
        maintain(maintenance -> {
          maintenance.compact(listener);
          return true;
        });
  }

  @Override
  public void commit(ProgressListener listener) throws IOException {
    var _ =
        maintain(maintenance -> {
          maintenance.commit(listener);
          return true;
        });
  }

  @Override
  public void empty() throws IOException {
    var _ =
        maintain(maintenance -> {
          maintenance.empty();
          return true;
        });
  }

  /** Something that is done to an image. */
  @FunctionalInterface
  private interface Operation<T> {
    T on(VdiMaintenance maintenance) throws IOException;
  }

  private <T> T maintain(Operation<T> operation) throws IOException {
    checkOpen();
    VdiMaintenance maintenance = this.maintenance;
    if (maintenance == null || !maintenance.mayChange()) {
      throw new UnsupportedOperationException(this + ": not opened for maintenance");
    }
    return guarded(maintenance, operation);
  }

  /** Does something within {@link Faults}' protocol. */
  private <T> T guarded(VdiMaintenance maintenance, Operation<T> operation) throws IOException {
    try {
      try {
        return operation.on(maintenance);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, storage, "looking after the image");
    }
  }

  @Override
  public ImageInfo info() throws IOException {
    checkOpen();
    return new ImageInfo(
        "vdi",
        storage.name(),
        size(),
        storage.allocatedSize(),
        OptionalLong.of(header.blockSize()),
        false,
        header.hasParent()
            ? Optional.of(
                new ImageInfo.Backing(
                    "{" + header.parent() + "}", Optional.empty(), Optional.of("vdi")))
            : Optional.empty(),
        List.of(),
        details());
  }

  private Map<String, Object> details() throws IOException {
    // A first write changes one of them.
    VdiHeader now = writer == null ? header : VdiHeader.read(storage);
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("type", now.type().description);
    details.put(UUID_DETAIL, now.uuid().toString());
    details.put(MODIFICATION_DETAIL, now.modification().toString());
    if (now.hasParent()) {
      details.put(ParentIdentity.PARENT_UUID_DETAIL, now.parent().toString());
      if (!now.parentModification().equals(Uuids.NONE)) {
        details.put(ParentIdentity.PARENT_MODIFICATION_DETAIL, now.parentModification().toString());
      }
    }
    return details;
  }

  @Override
  protected void release() throws IOException {
    try {
      storage.close();
    } finally {
      if (parent != null) {
        parent.close();
      }
    }
  }
}
