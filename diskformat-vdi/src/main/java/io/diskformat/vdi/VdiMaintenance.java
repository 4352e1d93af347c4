package io.diskformat.vdi;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import io.diskformat.MissingData;
import io.diskformat.ProgressListener;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * An image that is open for maintenance: each operation works on what is in the file at that time.
 */
final class VdiMaintenance implements ImageMaintenance {
  private final OpenRequest request;
  private final Storage storage;

  /** Whether the parent has all that this image shows, so that emptying it changes nothing. */
  private boolean committed;

  private VdiMaintenance(OpenRequest request) {
    this.request = request;
    this.storage = request.storage();
  }

  static VdiMaintenance open(OpenRequest request) throws IOException {
    var _ = VdiHeader.readToRepair(request.storage());
    return new VdiMaintenance(request);
  }

  @Override
  public ImageInfo info() throws IOException {
    VdiHeader header = VdiHeader.readToRepair(storage);
    return VdiDescription.of(storage, header, header.size());
  }

  @Override
  public CheckReport check(ProgressListener listener, Consumer<CheckReport.Problem> problems)
      throws IOException {
    CheckReport report = withChain(VdiCheck.run(storage, listener));
    report.problems().forEach(problems);
    return report;
  }

  @Override
  public RepairReport repair(Repair repair) throws IOException {
    VdiHeader.readToRepair(storage).requireWritable(storage);
    RepairReport report = VdiRepair.run(storage, repair);
    return new RepairReport(
        report.corruptionsFixed(), report.leaksFixed(), withChain(report.left()));
  }

  /** Adds what is wrong with the images below to what is wrong with the structure of this one. */
  private CheckReport withChain(CheckReport structure) throws IOException {
    VdiHeader header = VdiHeader.readToRepair(storage);
    if (!header.hasParent() || request.options().isMetadataOnly()) {
      return structure;
    }
    CheckReport.Builder report = new CheckReport.Builder();
    new VdiParent(request, header).check(report);
    report.addAll(structure);
    return report.build();
  }

  @Override
  public void compact(ProgressListener listener) throws IOException {
    VdiHeader header = VdiHeader.read(storage);
    if (header.type() == ImageType.FIXED) {
      throw new UnsupportedFeatureException(storage.name(), "compacting a VDI image of fixed size");
    }
    header.requireWritable(storage);
    if (!header.hasParent()) {
      VdiCompaction.run(storage, null, listener);
      return;
    }
    try (VdiImage parent = new VdiParent(request, header).open(false)) {
      VdiCompaction.run(storage, parent, listener);
    }
  }

  @Override
  public List<MissingData> commit(ProgressListener listener) throws IOException {
    VdiHeader header = difference();
    List<MissingData> missing;
    try (VdiImage parent = new VdiParent(request, header).open(true)) {
      missing = VdiCommit.run(storage, parent, listener);
    }
    committed = true;
    return missing;
  }

  @Override
  public void empty() throws IOException {
    VdiHeader header = difference();
    BlockTable table = new BlockTable(storage, header);
    if (!committed) {
      // No image is a difference to this one any longer.
      table.fields().modification(UUID.randomUUID());
      storage.flush();
    }
    table.visit((block, entry) -> {
      if (entry != BlockMap.FREE) {
        table.write(block, BlockMap.FREE);
      }
    });
    storage.flush();
    table.fields().allocatedBlocks(0);
    storage.flush();
    if (storage.size() > table.position(0)) {
      storage.resize(table.position(0));
      storage.flush();
    }
  }

  private VdiHeader difference() throws IOException {
    VdiHeader header = VdiHeader.read(storage);
    if (!header.hasParent()) {
      throw new DiskFormatException(storage.name() + ": is no difference to another image");
    }
    return header;
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }
}
