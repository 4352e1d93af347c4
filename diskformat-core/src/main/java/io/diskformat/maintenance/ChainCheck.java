package io.diskformat.maintenance;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.ImageLockedException;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.IoSupplier;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Optional;

/**
 * Checks the chain of images below an image. A fault of the chain is a corruption; an obstacle to
 * checking it, such as a lock or a policy, is a failure of the check.
 */
public final class ChainCheck {

  /** Checks whether an image is the one that another one records as the image below it. */
  @FunctionalInterface
  public interface Identity {
    /**
     * Compares an open image with the record of the image above it, and returns the mismatch, if
     * there is one.
     *
     * @throws IOException if it cannot be read
     */
    Optional<Mismatch> mismatch(DiskImage below) throws IOException;
  }

  private ChainCheck() {}

  /**
   * Opens the image below, checks whether it is the right one, and closes it again.
   *
   * @param structure its name in problems, for example {@code backing file}
   * @param opening opens it, and with it the whole chain, for reading
   * @param identity finds no mismatch, if only the name of the image below is recorded
   * @param report receives the problems; call this before the check of the image itself, because a
   *     report describes only the first problems
   */
  public static void run(
      String structure,
      IoSupplier<DiskImage> opening,
      Identity identity,
      CheckReport.Builder report) {
    try (DiskImage below = opening.get()) {
      Optional<Mismatch> mismatch = identity.mismatch(below);
      if (mismatch.isPresent()) {
        report.corruption(structure, -1, mismatch.get().found(), mismatch.get().expected());
      }
    } catch (ReferenceDeniedException | ImageLockedException | UnsupportedFeatureException e) {
      // The chain may be sound all the same.
      unknown(structure, e, report);
    } catch (DiskFormatException e) {
      report.corruption(
          structure, -1, "cannot be read (" + sentence(e) + ")", "a sound chain of images");
    } catch (IOException e) {
      unknown(structure, e, report);
    }
  }

  /**
   * Returns an open image if it is the right one, and closes it otherwise.
   *
   * @param child the name of the image above it
   * @param below the open image
   * @throws DiskFormatException if it is another image, or was changed since
   * @throws IOException if it cannot be read
   */
  public static DiskImage require(String child, DiskImage below, Identity identity)
      throws IOException {
    boolean right = false;
    try {
      Optional<Mismatch> mismatch = identity.mismatch(below);
      if (mismatch.isPresent()) {
        throw new DiskFormatException(
            child
                + ": its parent is not the right one: "
                + mismatch.get().found()
                + ", expected "
                + mismatch.get().expected());
      }
      right = true;
      return below;
    } finally {
      if (!right) {
        below.close();
      }
    }
  }

  private static void unknown(String structure, IOException failure, CheckReport.Builder report) {
    report.checkError(
        structure, -1, "not checked (" + sentence(failure) + ")", "one that can be opened");
  }

  private static String sentence(IOException e) {
    String message =
        e instanceof ReferenceDeniedException denied ? denied.problem() : e.getMessage();
    // The message of some is only a file name, and the class name says what happened to it.
    boolean bare = e instanceof FileSystemException file && file.getReason() == null;
    return bare || message == null ? e.toString() : message;
  }
}
