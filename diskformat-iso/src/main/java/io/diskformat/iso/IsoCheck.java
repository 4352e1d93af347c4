package io.diskformat.iso;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.iso.udf.Udf;
import io.diskformat.storage.IoAction;
import java.io.IOException;
import java.util.Optional;

/**
 * The check of a disc: of its structures against each other, the size of the image, and recorded
 * checksums, for which all of the disc is read.
 */
final class IsoCheck {
  private final DeviceBytes disc;
  private final CheckReport.Builder report = new CheckReport.Builder();

  private IsoCheck(DeviceBytes disc) {
    this.disc = disc;
  }

  static CheckReport of(DeviceBytes disc) throws IOException {
    IsoCheck check = new IsoCheck(disc);
    check.run();
    return check.report.build();
  }

  /** Runs a part of the check; a corrupt structure ends only that part. */
  private void part(String structure, IoAction part) throws IOException {
    try {
      part.run();
    } catch (DiskFormatException e) {
      Unreadable.add(report, disc, structure, e);
    }
  }

  private void run() throws IOException {
    if (VolumeDescriptors.isMarked(disc)) {
      part("ISO 9660", this::checkVolume);
    }
    if (Udf.isMarked(disc)) {
      part("UDF", () -> ContentCheck.of(disc, Udf.open(disc), report));
    }
    part("partition tables", () -> HybridTables.check(disc, report));
  }

  private void checkVolume() throws IOException {
    long session = Sessions.of(disc).last();
    VolumeDescriptors descriptors = VolumeDescriptors.read(disc, session);
    DescriptorCheck.of(disc, session, descriptors, report);
    UsedExtents used = new UsedExtents(disc, report);
    for (VolumeDescriptor descriptor : descriptors.trees()) {
      String name = descriptor.kind().option();
      part(
          "tree " + name,
          () -> {
            DirectoryCheck directories = DirectoryCheck.of(disc, descriptor, used, report);
            PathTableCheck.of(disc, descriptor, directories.found(), report);
          });
      part("tree " + name, () -> checkContent(descriptors, descriptor.kind()));
    }
    part("tree rockridge", () -> checkContent(descriptors, TreeKind.ROCK_RIDGE));
    used.check(descriptors.primary().blockSize());
    if (descriptors.bootCatalog().isPresent()) {
      part(
          "boot catalog",
          () -> BootCheck.of(disc, descriptors.bootCatalog().getAsLong(), session, report));
    }
    part("checksums", () -> MediumChecksums.check(disc, descriptors, session, report));
  }

  private void checkContent(VolumeDescriptors descriptors, TreeKind kind) throws IOException {
    Optional<IsoTree> tree = IsoTree.of(disc, descriptors, kind);
    if (tree.isPresent()) {
      ContentCheck.of(disc, tree.get(), report);
    }
  }
}
