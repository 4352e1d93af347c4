package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.CheckReport;
import io.diskformat.CheckReport.Kind;
import io.diskformat.CheckReport.Severity;
import io.diskformat.CorruptImageException;
import io.diskformat.ProgressListener;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.maintenance.CappedProgress;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Makes an image's file as small as it can be, in place: forgets what need not be stored, and then
 * moves everything that is behind as many clusters as are in use to where clusters are free before
 * that, data as well as tables, those of snapshots and bitmaps, too.
 *
 * <p>All of it is done by the steps of any other write: a copy and its refcount are durable before
 * a table points to it, and the old place is free only after that. So at each instant disk,
 * snapshots and bitmaps are what they were, and the worst that is left behind are refcounts that
 * are too high, which the next writer corrects, as the dirty bit is set.
 *
 * <p>These stay where they are: the encryption header; a compressed stream whose end is not known;
 * a table of several clusters for which no adjacent ones are free; and a stream for which every
 * refcount of a cluster with room is at its limit.
 */
final class Qcow2Compaction {
  /** The most rounds of moves: each may make room for the next. */
  private static final int MOST_ROUNDS = 64;

  private final CompactionImage image;

  private Qcow2Compaction(CompactionImage image) {
    this.image = image;
  }

  /**
   * Compacts an image.
   *
   * @param listener gets how many bytes of the disk were looked at, and of the file moved
   * @throws CorruptImageException if a check of the image finds errors
   */
  static void run(OpenRequest request, ProgressListener listener) throws IOException {
    Storage storage = request.storage();
    Qcow2Header header = WritableTables.checked(storage);
    CappedProgress progress = new CappedProgress(listener, header.size() + storage.size() + 1);
    try (ImageFiles files = ImageFiles.beside(request)) {
      Storage data = OtherFiles.openData(request, files, header).data();
      BlockDevice below = OtherFiles.openBelow(request, files, header);
      if (header.has(Qcow2Header.DIRTY) || header.version() < 3) {
        // Refcounts may be wrong, and are counted anew. That changes flags, which must not be in
        // anybody's data.
        CheckReport.Builder ignored = new CheckReport.Builder();
        Qcow2Check check = Qcow2Check.run(storage, ignored);
        requireSound(storage, check.overlaps().isEmpty() ? 0 : ignored.build().corruptions());
        try (WritableTables tables = new WritableTables(storage, data, header)) {
          tables.finish();
        }
      }
      correct(storage, header.has(Qcow2Header.EXTERNAL_DATA) ? data.size() : -1);
      Qcow2Header corrected = WritableTables.checked(storage);
      try (WritableTables tables = new WritableTables(storage, data, corrected)) {
        tables.writer().beforeTableChange();
        new Qcow2Compaction(new CompactionImage(tables, progress)).run(below);
        tables.finish();
      }
    }
    storage.flush();
    progress.end();
  }

  /** Corrects flags, and refcounts that are too high, which is no corruption. */
  private static void correct(Storage storage, long dataLength) throws IOException {
    long[] flags = {0};
    CheckReport.Builder found =
        new CheckReport.Builder(problem -> {
          if (problem.kind() == Kind.FLAG && problem.severity() == Severity.CORRUPTION) {
            flags[0]++;
          }
        });
    var _ = Qcow2Check.run(storage, dataLength, found, ProgressListener.NONE);
    CheckReport report = found.build();
    requireSound(storage, report.corruptions() - flags[0] + report.checkErrors());
    if (flags[0] > 0 || report.leaks() > 0) {
      RepairReport repaired = Qcow2Repair.run(storage, Repair.ALL, problem -> {});
      requireSound(storage, repaired.left().corruptions());
    }
  }

  private static void requireSound(Storage storage, long errors) throws CorruptImageException {
    if (errors > 0) {
      throw new CorruptImageException(
          storage.name(),
          "image",
          0,
          "a check finds " + errors + " errors, which must be repaired before it is compacted");
    }
  }

  private void run(@Nullable BlockDevice below) throws IOException {
    new UnneededClusters(image, below).forget();
    new WholeTableMoves(image, 0).shortenL1();
    RefcountMoves refcounts = new RefcountMoves(image);
    long changed = refcounts.shorten() + 1;
    for (int round = 0; round < MOST_ROUNDS && changed > 0; round++) {
      long dense = image.allocator().countUsed();
      if (dense == image.allocator().usedEnd()) {
        return;
      }
      // Tables of several clusters first, as they need adjacent ones; and once more, when those
      // that are free have come together.
      changed = new WholeTableMoves(image, dense).run();
      changed += new L2TableMoves(image, dense).run();
      changed += new ClusterMoves(image, dense).run();
      changed += refcounts.run(dense);
      changed += new WholeTableMoves(image, dense).run();
      changed += refcounts.shorten();
    }
  }
}
