package io.diskformat.vmdk;

import io.diskformat.CheckReport;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Repairs an image, each extent by itself; see {@link ExtentRepair} and {@link StreamRepair}. The
 * descriptor is left as it is: nothing else has what it says.
 */
final class VmdkRepair {
  private final OpenRequest request;
  private final MainFile main;
  private final ExtentStorages storages;
  private final List<ExtentRepair> extents = new ArrayList<>();
  private final List<StreamRepair> streams = new ArrayList<>();

  private VmdkRepair(OpenRequest request, ExtentStorages storages) throws IOException {
    this.request = request;
    this.main = MainFile.read(request.storage());
    this.storages = storages;
  }

  /**
   * Repairs an image, without the one that it is a difference to.
   *
   * @return what was done; what is left is of this image alone
   */
  static RepairReport run(OpenRequest request, Repair repair) throws IOException {
    try (ImageFiles files = ImageFiles.beside(request)) {
      ExtentStorages storages = new ExtentStorages(request, files);
      CheckReport before = VmdkCheck.run(request, storages);
      VmdkRepair work = new VmdkRepair(request, storages);
      for (ExtentLine line : work.main.descriptor().extents()) {
        work.open(line);
      }
      CheckReport corrected = before;
      if (repair == Repair.ALL && before.corruptions() > 0) {
        work.correct();
        corrected = VmdkCheck.run(request, storages);
      }
      CheckReport left = corrected;
      if (corrected.corruptions() == 0 && corrected.checkErrors() == 0) {
        work.finish(corrected.leaks() > 0);
        left = VmdkCheck.run(request, storages);
      }
      return new RepairReport(
          before.corruptions() - corrected.corruptions(), corrected.leaks() - left.leaks(), left);
    }
  }

  /** Prepares the repair of an extent that can be repaired. */
  private void open(ExtentLine line) throws IOException {
    boolean writable =
        line.access() == Access.RW
            && (line.type() == ExtentType.SPARSE || line.type() == ExtentType.VMFSSPARSE);
    if (!writable || (main.header().isEmpty() && request.options().isMetadataOnly())) {
      return;
    }
    Storage storage;
    SparseHeader header = null;
    try {
      storage = main.header().isPresent() ? request.storage() : storages.of(line);
      if (line.type() == ExtentType.SPARSE) {
        header = SparseHeader.read(storage, 0);
      }
    } catch (IOException e) {
      // The check reports it.
      return;
    }
    add(storage, header);
  }

  private void add(Storage storage, @Nullable SparseHeader header) throws IOException {
    boolean hasBelow = main.descriptor().hasParent();
    if (header == null) {
      ExtentFields fields = new CowdFields(storage);
      extents.add(new ExtentRepair(storage, () -> CowdExtent.tables(storage), fields, hasBelow));
    } else if (header.isCompressed()) {
      streams.add(new StreamRepair(storage, header));
    } else {
      boolean described = main.header().isPresent();
      extents.add(
          new ExtentRepair(
              storage,
              () -> ExtentTables.hosted(storage, SparseHeader.read(storage, 0), described),
              new HostedFields(storage, header, described),
              hasBelow));
    }
  }

  private void correct() throws IOException {
    for (ExtentRepair extent : extents) {
      extent.correct();
    }
    for (StreamRepair stream : streams) {
      stream.correct();
    }
  }

  /** Does what is safe only once nothing is wrong any more. */
  private void finish(boolean reclaims) throws IOException {
    for (ExtentRepair extent : extents) {
      extent.finish(reclaims);
    }
  }
}
