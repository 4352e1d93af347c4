package io.diskformat.vdi;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.ProgressListener;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.UUID;

/**
 * What can be done to an image that is opened for maintenance, one thing at a time; or for a check,
 * and then that is all.
 */
final class VdiMaintenance {
  private final OpenRequest request;
  private final Storage storage;

  /** Whether the parent has all that this image shows, so that emptying it changes nothing. */
  private boolean committed;

  VdiMaintenance(OpenRequest request) {
    this.request = request;
    this.storage = request.storage();
  }

  /** Returns whether the image may be changed. */
  boolean mayChange() {
    return request.options().isMaintenance();
  }

  synchronized CheckReport check() throws IOException {
    return withChain(VdiCheck.run(storage));
  }

  /** Repairs the image, whatever is wrong with its chain, of which nothing can be repaired here. */
  synchronized RepairReport repair(Repair repair) throws IOException {
    VdiImage.checkWritable(storage, VdiHeader.readToRepair(storage));
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
    // First, as so many problems of the structure may follow that they are not all told.
    CheckReport.Builder report = new CheckReport.Builder();
    new VdiParent(request, header).check(report);
    report.addAll(structure);
    return report.build();
  }

  synchronized void compact(ProgressListener listener) throws IOException {
    VdiHeader header = VdiHeader.read(storage);
    if (header.type() == ImageType.FIXED) {
      throw new UnsupportedFeatureException(storage.name(), "compacting a VDI image of fixed size");
    }
    VdiImage.checkWritable(storage, header);
    if (!header.hasParent()) {
      VdiCompaction.run(storage, null, listener);
      return;
    }
    try (VdiImage parent = new VdiParent(request, header).open(false)) {
      VdiCompaction.run(storage, parent, listener);
    }
  }

  synchronized void commit(ProgressListener listener) throws IOException {
    VdiHeader header = difference();
    try (VdiImage parent = new VdiParent(request, header).open(true)) {
      VdiCommit.run(storage, parent, listener);
    }
    committed = true;
  }

  synchronized void empty() throws IOException {
    VdiHeader header = difference();
    BlockTable table = new BlockTable(storage, header);
    if (!committed) {
      // What is based on this image is so no longer.
      table.fields().modification(UUID.randomUUID());
      storage.flush();
    }
    table.visit((block, entry) -> {
      if (entry != BlockTable.FREE) {
        table.write(block, BlockTable.FREE);
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
}
