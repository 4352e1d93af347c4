package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import io.diskformat.MissingData;
import io.diskformat.ProgressListener;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.JoinedDevice.Part;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * An image that is open for maintenance: each operation works on what is in the files at that time.
 */
final class VmdkMaintenance implements ImageMaintenance {
  private final OpenRequest request;
  private final Storage storage;

  /** Whether the parent has all that this image shows, so that emptying it changes nothing. */
  private boolean committed;

  private VmdkMaintenance(OpenRequest request) {
    this.request = request;
    this.storage = request.storage();
  }

  static VmdkMaintenance open(OpenRequest request) throws IOException {
    var _ = MainFile.read(request.storage());
    return new VmdkMaintenance(request);
  }

  @Override
  public ImageInfo info() throws IOException {
    return new VmdkDescription(request, MainFile.read(storage)).info();
  }

  @Override
  public CheckReport check(ProgressListener listener, Consumer<CheckReport.Problem> problems)
      throws IOException {
    CheckReport report = withChain(VmdkCheck.run(request, listener));
    report.problems().forEach(problems);
    return report;
  }

  @Override
  public RepairReport repair(Repair repair) throws IOException {
    RepairReport report = VmdkRepair.run(request, repair);
    return new RepairReport(
        report.corruptionsFixed(), report.leaksFixed(), withChain(report.left()));
  }

  /** Adds what is wrong with the images below to what is wrong with this one. */
  private CheckReport withChain(CheckReport structure) throws IOException {
    Descriptor descriptor = MainFile.read(storage).descriptor();
    if (!descriptor.hasParent() || request.options().isMetadataOnly()) {
      return structure;
    }
    CheckReport.Builder report = new CheckReport.Builder();
    VmdkParent.check(request, descriptor, report);
    report.addAll(structure);
    return report.build();
  }

  @Override
  public void compact(ProgressListener listener) throws IOException {
    MainFile main = MainFile.read(storage);
    try (ImageFiles files = ImageFiles.beside(request)) {
      if (main.descriptor().hasParent()) {
        BlockDevice _ = files.openBelow(() -> VmdkParent.open(request, main.descriptor(), false));
      }
      VmdkCompaction.run(new ExtentFiles(request, files, main).open(), files.below(), listener);
    }
  }

  @Override
  public List<MissingData> commit(ProgressListener listener) throws IOException {
    MainFile main = difference();
    List<MissingData> missing;
    try (VmdkImage parent = VmdkParent.open(request, main.descriptor(), true);
        ImageFiles files = ImageFiles.beside(request);
        BlockDevice layer =
            JoinedDevice.owning(new ExtentFiles(request.forReading(), files, main).open())) {
      missing = VmdkCommit.run(main.place(storage), layer, parent, listener);
    }
    committed = true;
    return missing;
  }

  @Override
  public void empty() throws IOException {
    MainFile main = difference();
    try (ImageFiles files = ImageFiles.beside(request)) {
      List<Part> parts = new ExtentFiles(request, files, main).open();
      try (BlockDevice _ = JoinedDevice.owning(parts)) {
        if (parts.stream().anyMatch(part -> !isEmptied(part.device()))) {
          throw new UnsupportedFeatureException(
              storage.name(), "emptying a VMDK image that has other than sparse extents");
        }
        if (!committed) {
          // No image is a difference to this one any longer.
          new ContentId(main.place(storage), OptionalLong.empty()).beforeChange();
        }
        for (Part part : parts) {
          part.device().discard(0, part.device().size());
        }
      }
    }
  }

  /** Opened so, the image has nothing below, and a discard forgets everything. */
  private static boolean isEmptied(BlockDevice device) {
    return device instanceof SparseExtent && device.isWritable();
  }

  private MainFile difference() throws IOException {
    MainFile main = MainFile.read(storage);
    if (!main.descriptor().hasParent()) {
      throw new DiskFormatException(storage.name() + ": is no difference to another image");
    }
    return main;
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }
}
