package io.diskformat.vmdk;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.ImageLockedException;
import io.diskformat.ProgressListener;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.maintenance.CappedProgress;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Checks an image: each extent by itself, and what the descriptor says of it. An extent that cannot
 * be opened for a reason that is not its own is not checked, which is reported.
 */
final class VmdkCheck {
  /** The smallest usual grain, in bytes; images of smaller ones have done their most earlier. */
  private static final long LEAST_GRAIN = 4096;

  private final OpenRequest request;
  private final ExtentStorages storages;
  private final MainFile main;
  private final CheckReport.Builder report = new CheckReport.Builder();
  private final Set<String> seen = new HashSet<>();

  private final CappedProgress progress;

  private VmdkCheck(
      OpenRequest request, ExtentStorages storages, MainFile main, ProgressListener listener) {
    this.request = request;
    long disk = main.descriptor().extents().stream().mapToLong(ExtentLine::length).sum();
    this.progress = new CappedProgress(listener, 1 + disk / LEAST_GRAIN * Integer.BYTES);
    this.storages = storages;
    this.main = main;
  }

  /**
   * Checks an image, without the one that it is a difference to.
   *
   * @param listener gets the progress, in bytes of tables
   */
  static CheckReport run(OpenRequest request, ProgressListener listener) throws IOException {
    try (ImageFiles files = ImageFiles.beside(request)) {
      return run(request, new ExtentStorages(request, files), listener);
    }
  }

  /** Checks an image whose extents are open, or are opened now. */
  static CheckReport run(OpenRequest request, ExtentStorages storages) throws IOException {
    return run(request, storages, ProgressListener.NONE);
  }

  private static CheckReport run(
      OpenRequest request, ExtentStorages storages, ProgressListener listener) throws IOException {
    MainFile main = MainFile.read(request.storage());
    VmdkCheck check = new VmdkCheck(request, storages, main, listener);
    long clusters = 0;
    for (ExtentLine line : main.descriptor().extents()) {
      clusters += check.extent(line);
    }
    check.report.totalClusters(clusters);
    check.progress.end();
    return check.report.build();
  }

  /** Checks an extent; returns how many grains it has. */
  private long extent(ExtentLine line) throws IOException {
    if (main.header().isPresent()) {
      return sparse(request.storage(), main.header().get(), "", line);
    }
    boolean hasFile = line.type() != ExtentType.ZERO && line.access() != Access.NOACCESS;
    if (!hasFile || request.options().isMetadataOnly()) {
      return 0;
    }
    String name = line.file().orElseThrow();
    try {
      if (!seen.add(name) && !line.type().isFlat()) {
        report.corruption("descriptor", -1, "\"" + name + "\" as several extents", "one each");
        return 0;
      }
      if (storages.count() == ExtentFiles.MOST_FILES) {
        throw new UnsupportedFeatureException(
            request.storage().name(),
            "more than " + ExtentFiles.MOST_FILES + " files of a VMDK image");
      }
      return of(storages.of(line), name + ": ", line);
    } catch (ReferenceDeniedException | ImageLockedException | UnsupportedFeatureException e) {
      notChecked(name, e);
    } catch (DiskFormatException e) {
      report.corruption(
          "extent \"" + name + "\"", -1, String.valueOf(e.getMessage()), "a sound one");
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      notChecked(name, e);
    }
    return 0;
  }

  private void notChecked(String name, IOException e) {
    String reason = e instanceof ReferenceDeniedException denied ? denied.problem() : e.toString();
    report.checkError(
        "extent \"" + name + "\"", -1, "not checked (" + reason + ")", "one that can be opened");
  }

  private long of(Storage storage, String file, ExtentLine line) throws IOException {
    return switch (line.type()) {
      case SPARSE -> sparse(storage, SparseHeader.read(storage, 0), file, line);
      case VMFSSPARSE -> {
        ExtentTables tables = CowdExtent.tables(storage);
        ExtentCheck.run(tables, false, file, report, progress);
        yield size(tables.shape().size(), tables.shape().grain(), file, line);
      }
      case SESPARSE -> {
        SeSparseHeader header = SeSparseHeader.read(storage);
        SeSparseCheck.run(storage, header, file, report, progress);
        yield size(header.size(), 1L << SeSparseHeader.GRAIN_BITS, file, line);
      }
      default -> {
        flat(storage, file, line);
        yield 0;
      }
    };
  }

  private void flat(Storage storage, String file, ExtentLine line) throws IOException {
    long end = (line.firstSector() << ExtentLine.SECTOR_BITS) + line.length();
    if (storage.size() < end) {
      report.corruption(
          file + "flat extent", -1, storage.size() + " bytes", end + ", as the descriptor says");
    }
  }

  private long sparse(Storage storage, SparseHeader header, String file, ExtentLine line)
      throws IOException {
    if (header.isCompressed()) {
      stream(storage, header, file);
    } else {
      ExtentTables tables = ExtentTables.hosted(storage, header, main.header().isPresent());
      ExtentCheck.run(tables, header.unclean(), file, report, progress);
    }
    return size(header.size(), 1L << header.grainBits(), file, line);
  }

  private void stream(Storage storage, SparseHeader header, String file) throws IOException {
    Optional<SparseHeader> placed =
        header.directory() == SparseHeader.AT_END
            ? StreamFooter.find(storage, header)
            : Optional.of(header);
    if (placed.isEmpty()) {
      report.corruption(
          file + "stream", -1, "no footer, which says where its tables are", "one at its end");
    } else {
      StreamCheck.run(storage, placed.get(), file, report, progress);
    }
  }

  /** Compares what the descriptor says of an extent's size with its header. */
  private long size(long size, long grain, String file, ExtentLine line) {
    if (line.length() > size) {
      report.corruption(
          file + "header",
          -1,
          "a disk of " + size + " bytes",
          "at least " + line.length() + ", as the descriptor says");
    }
    return Math.ceilDiv(size, grain);
  }
}
