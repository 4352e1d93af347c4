package io.diskformat.vmdk;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.maintenance.ChainCheck;
import io.diskformat.maintenance.Mismatch;
import io.diskformat.spi.OpenRequest;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** The image that another one is a difference to: how it is opened, and seen to be that one. */
final class VmdkParent {
  private static final Optional<String> FORMAT = Optional.of("vmdk");

  private VmdkParent() {}

  /**
   * Opens the parent.
   *
   * @param child which has one
   * @param writable whether it is opened for writing
   * @throws DiskFormatException if what is found has another content than the child was made over
   */
  static VmdkImage open(OpenRequest request, Descriptor child, boolean writable)
      throws IOException {
    String name = child.parentName().orElseThrow();
    DiskImage found =
        writable ? request.openBackingForWriting(name, FORMAT) : request.openBacking(name, FORMAT);
    return (VmdkImage)
        ChainCheck.require(request.storage().name(), found, below -> mismatch(child, below));
  }

  /** Adds what is wrong with the parent, and with those below it, to a report. */
  static void check(OpenRequest request, Descriptor child, CheckReport.Builder report) {
    ChainCheck.run(
        "parent",
        () -> request.openBacking(child.parentName().orElseThrow(), FORMAT),
        below -> mismatch(child, below),
        report);
  }

  private static Optional<Mismatch> mismatch(Descriptor child, DiskImage found) {
    Descriptor descriptor = ((VmdkImage) found).descriptor();
    return isParent(child, descriptor)
        ? Optional.empty()
        : Optional.of(
            new Mismatch(
                found
                    + " is another image, or was changed since: its CID is "
                    + hex(descriptor.contentId()),
                hex(child.parentCid())));
  }

  /**
   * Returns whether an image is the one that a child was made over: as it was then, or changed only
   * by a commit of the child.
   */
  static boolean isParent(Descriptor child, Descriptor descriptor) {
    return child.parentCid() == descriptor.cid()
        || child.parentCid() == descriptor.contentId()
        || child.comingParentCid().equals(OptionalLong.of(descriptor.contentId()));
  }

  private static String hex(long cid) {
    return "%08x".formatted(cid);
  }
}
