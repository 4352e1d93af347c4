package io.diskformat.vdi;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.ParentIdentity;
import io.diskformat.maintenance.ChainCheck;
import io.diskformat.maintenance.Mismatch;
import io.diskformat.spi.OpenRequest;
import java.io.IOException;
import java.util.Optional;

/** The parent of a difference: opens it, and checks that it is the image that the child records. */
final class VdiParent {
  private final OpenRequest request;
  private final VdiHeader child;
  private final ParentIdentity wanted;

  /**
   * Describes a parent.
   *
   * @param request that of the child
   * @param child which has a parent
   */
  VdiParent(OpenRequest request, VdiHeader child) {
    this.request = request;
    this.child = child;
    this.wanted = child.recordedParent().orElseThrow();
  }

  /**
   * Opens the parent.
   *
   * @throws DiskFormatException if what is found for it is another image, or was changed since
   */
  VdiImage open(boolean writable) throws IOException {
    DiskImage found = writable ? request.openParentForWriting(wanted) : request.openParent(wanted);
    return (VdiImage) ChainCheck.require(request.storage().name(), found, this::mismatch);
  }

  /** Adds what is wrong with the parent, and with those below it, to a report. */
  void check(CheckReport.Builder report) {
    ChainCheck.run("parent", () -> request.openParent(wanted), this::mismatch, report);
  }

  private Optional<Mismatch> mismatch(DiskImage parent) {
    VdiHeader found = ((VdiImage) parent).header();
    if (!found.uuid().equals(wanted.uuid())) {
      return Optional.of(
          new Mismatch(
              "what was found, " + parent + ", is {" + found.uuid() + "}",
              "{" + wanted.uuid() + "}"));
    }
    if (!wanted.isUnchanged(found.modification())) {
      return Optional.of(
          new Mismatch(
              parent
                  + " was changed since this image was made: its modification is {"
                  + found.modification()
                  + "}",
              "{" + child.parentModification() + "}"));
    }
    return Optional.empty();
  }
}
