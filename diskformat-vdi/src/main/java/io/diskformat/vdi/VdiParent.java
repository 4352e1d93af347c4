package io.diskformat.vdi;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.ImageLockedException;
import io.diskformat.ParentIdentity;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.OpenRequest;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Optional;
import java.util.UUID;

/** The image that another one is a difference to: how it is opened, and seen to be that one. */
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
    Optional<UUID> modification =
        Optional.of(child.parentModification()).filter(uuid -> !uuid.equals(Uuids.NONE));
    this.wanted = new ParentIdentity("vdi", child.parent(), modification);
  }

  /**
   * Opens the parent.
   *
   * @throws DiskFormatException if what is found for it is another image, or was changed since
   */
  VdiImage open(boolean writable) throws IOException {
    DiskImage found = writable ? request.openParentForWriting(wanted) : request.openParent(wanted);
    boolean right = false;
    try {
      VdiImage parent = (VdiImage) found;
      requireWanted(parent.header());
      right = true;
      return parent;
    } finally {
      if (!right) {
        found.close();
      }
    }
  }

  private void requireWanted(VdiHeader found) throws DiskFormatException {
    if (isAnother(found)) {
      throw new DiskFormatException(
          request.storage().name()
              + ": is a difference to image {"
              + wanted.uuid()
              + "}, but what was found for it is {"
              + found.uuid()
              + "}");
    }
    if (isChanged(found)) {
      throw new DiskFormatException(
          request.storage().name()
              + ": its parent {"
              + found.uuid()
              + "} was changed since this image was made: its modification is {"
              + found.modification()
              + "}, expected {"
              + child.parentModification()
              + "}");
    }
  }

  private boolean isAnother(VdiHeader found) {
    return !found.uuid().equals(wanted.uuid());
  }

  private boolean isChanged(VdiHeader found) {
    return wanted.modification().isPresent()
        && !found.modification().equals(wanted.modification().get())
        && !isAboutToChange(found);
  }

  /** Returns whether a commit got no further than to say so in the child. */
  private boolean isAboutToChange(VdiHeader found) {
    return child
        .parentModification()
        .equals(VdiCommit.modification(child.uuid(), found.modification()));
  }

  /** Opens the parent, and with it the whole chain, as a reader does; tells what is wrong. */
  void check(CheckReport.Builder report) {
    try (VdiImage parent = (VdiImage) request.openParent(wanted)) {
      checkWanted(parent, report);
    } catch (ReferenceDeniedException | ImageLockedException | UnsupportedFeatureException e) {
      // Which says nothing of whether the chain is sound.
      unknown(e, report);
    } catch (DiskFormatException e) {
      report.corruption(
          "parent", -1, "cannot be read (" + sentence(e) + ")", "a sound chain of images");
    } catch (IOException e) {
      unknown(e, report);
    }
  }

  private void checkWanted(VdiImage parent, CheckReport.Builder report) {
    VdiHeader found = parent.header();
    if (isAnother(found)) {
      report.corruption(
          "parent",
          -1,
          "what was found, " + parent + ", is {" + found.uuid() + "}",
          "{" + wanted.uuid() + "}");
    } else if (isChanged(found)) {
      report.corruption(
          "parent",
          -1,
          parent
              + " was changed since this image was made: its modification is {"
              + found.modification()
              + "}",
          "{" + child.parentModification() + "}");
    }
  }

  private static void unknown(IOException failure, CheckReport.Builder report) {
    report.checkError(
        "parent", -1, "not checked (" + sentence(failure) + ")", "one that can be opened");
  }

  private static String sentence(IOException e) {
    String message = e.getMessage();
    // The message of some is the name of a file, and what happened to it is in that of the class.
    boolean bare = e instanceof FileSystemException file && file.getReason() == null;
    return bare || message == null ? e.toString() : message;
  }
}
