package io.diskformat.qcow2;

import io.diskformat.CheckReport;
import io.diskformat.CheckReport.Kind;
import io.diskformat.CheckReport.Problem;
import io.diskformat.ProgressListener;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.storage.Storage;
import io.diskformat.table.Word;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Repairs what {@link Qcow2Check} finds, as far as that loses nothing.
 *
 * <ul>
 *   <li>Bits of entries that are reserved are cleared, and an unaligned place for zeroes is given
 *       up.
 *   <li>Refcounts that are too low are raised before those that are too high are lowered, so that
 *       no cluster in use ever looks free that did not before. Where the blocks themselves are
 *       damaged, new ones take their place.
 *   <li>COPIED is set where a cluster has one reference, and cleared elsewhere.
 *   <li>Data that lies where a table is gets a copy of its own.
 *   <li>Leaks are freed only if all references are known.
 * </ul>
 *
 * <p>An entry that points beyond the end of the file, or not to the start of a cluster, is left as
 * it is: what was there is unknown, and an error is better than other data. The file does not grow
 * while there is such an entry, as it would then lead to other data.
 *
 * <p>The image is marked as dirty meanwhile, which version 2 cannot; but each change by itself
 * makes it no worse, and can be made again.
 */
final class Qcow2Repair {
  private final Storage storage;
  private final Repair repair;
  private final Consumer<Problem> changes;
  private long corruptionsFixed;
  private long leaksFixed;
  private boolean rebuilt;

  private Qcow2Repair(Storage storage, Repair repair, Consumer<Problem> changes) {
    this.storage = storage;
    this.repair = repair;
    this.changes = changes;
  }

  /**
   * Repairs an image, and makes that durable.
   *
   * @param changes gets what is found, and what is changed
   */
  static RepairReport run(Storage storage, Repair repair, Consumer<Problem> changes)
      throws IOException {
    CheckReport.Builder found =
        new CheckReport.Builder(problem -> {
          if (isMoreThanAFlag(problem)) {
            changes.accept(problem);
          }
        });
    Qcow2Check before = Qcow2Check.run(storage, found);
    CheckReport first = found.build();
    Qcow2Repair work = new Qcow2Repair(storage, repair, changes);
    if (first.checkErrors() == 0) {
      work.run(before, first);
    }
    CheckReport.Builder left = new CheckReport.Builder();
    Qcow2Check _ = Qcow2Check.run(storage, left);
    CheckReport last = left.build();
    if (last.corruptions() == 0 && last.checkErrors() == 0 && clearMarks(storage, repair)) {
      left = new CheckReport.Builder();
      Qcow2Check _ = Qcow2Check.run(storage, left);
      last = left.build();
    }
    // Where all refcounts are new, what was wrong with the old ones was not repaired one by one.
    return work.rebuilt
        ? new RepairReport(
            Math.max(0, first.corruptions() - last.corruptions()),
            Math.max(0, first.leaks() - last.leaks()),
            last)
        : new RepairReport(work.corruptionsFixed, work.leaksFixed, last);
  }

  private static boolean isMoreThanAFlag(Problem problem) {
    return problem.kind() != Kind.FLAG && problem.severity() != CheckReport.Severity.REMARK;
  }

  private static boolean clearMarks(Storage storage, Repair repair) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    HeaderFields fields = new HeaderFields(storage, header);
    boolean dirty = header.has(Qcow2Header.DIRTY);
    boolean corrupt = header.has(Qcow2Header.CORRUPT) && repair == Repair.ALL;
    if (!dirty && !corrupt) {
      return false;
    }
    storage.flush();
    if (dirty) {
      fields.set(Qcow2Header.DIRTY, false);
    }
    if (corrupt) {
      fields.set(Qcow2Header.CORRUPT, false);
    }
    storage.flush();
    return true;
  }

  private void run(Qcow2Check before, CheckReport found) throws IOException {
    if (found.corruptions() == 0 && found.leaks() == 0) {
      return;
    }
    markDirty(before.file().header());
    Qcow2Check image = before;
    if (repair == Repair.ALL) {
      long repaired = new EntryRepair(before, changes).run();
      if (repaired > 0) {
        corruptionsFixed += repaired;
        storage.flush();
        image = again();
      }
    }
    if (repair == Repair.ALL
        && needsNewRefcounts(image)
        && image.references().isComplete()
        && image.mayGrow()) {
      changes.accept(
          Findings.change(
              Kind.REFERENCE_COUNT,
              "refcount table",
              -1,
              "refcount blocks are damaged or missing",
              "new ones",
              "Rebuilding refcount structure"));
      new RefcountRebuild(image).run();
      rebuilt = true;
      image = again();
    }
    if (image.comparison().isSound()) {
      correct(image);
      if (repair == Repair.ALL && !image.overlaps().isEmpty()) {
        separate();
      }
      if (repair == Repair.ALL || isClean()) {
        correctFlags(again());
      } else {
        reportFlags();
      }
    }
  }

  private static boolean needsNewRefcounts(Qcow2Check image) {
    Qcow2Header header = image.file().header();
    long tableSize = (long) header.refcountTableClusters() << header.clusterBits();
    return !image.comparison().isSound()
        || image.comparison().lacksBlocks()
        // It may be the table that shares a cluster.
        || image.references().overflowed()
        || !image.isAlone(header.refcountTablePosition(), tableSize);
  }

  /** Gives data that lies where a table is a place of its own. */
  private void separate() throws IOException {
    Qcow2Check image = again();
    if (image.references().isComplete() && !image.references().overflowed() && image.mayGrow()) {
      long separated = new OverlapRepair(image, changes).run();
      if (separated > 0) {
        corruptionsFixed += separated;
        correct(again());
      }
    }
  }

  /** Checks again, to count what there is now. */
  private Qcow2Check again() throws IOException {
    return Qcow2Check.run(storage, new CheckReport.Builder());
  }

  /**
   * Returns whether everything but flags is right, so that refcounts say what the flags must be.
   */
  private boolean isClean() throws IOException {
    boolean[] wrong = new boolean[1];
    CheckReport.Builder found =
        new CheckReport.Builder(problem -> wrong[0] |= isMoreThanAFlag(problem));
    Qcow2Check _ = Qcow2Check.run(storage, found);
    return !wrong[0];
  }

  /** Reports the flags that are left as they are. */
  private void reportFlags() throws IOException {
    CheckReport.Builder found =
        new CheckReport.Builder(problem -> {
          if (problem.kind() == Kind.FLAG) {
            changes.accept(problem);
          }
        });
    Qcow2Check _ = Qcow2Check.run(storage, found);
  }

  private void markDirty(Qcow2Header header) throws IOException {
    HeaderFields fields = new HeaderFields(storage, header);
    if (fields.hasFeatures() && !fields.isSet(Qcow2Header.DIRTY)) {
      fields.set(Qcow2Header.DIRTY, true);
      storage.flush();
    }
  }

  private void correct(Qcow2Check image) throws IOException {
    RefcountCorrection correction =
        new RefcountCorrection(image.file(), image.refcounts(), changes);
    boolean raises = repair == Repair.ALL;
    boolean lowers = image.references().isComplete();
    image.visitCounted(counts -> correction.describe(counts, raises, lowers));
    if (raises) {
      image.visitCounted(counts -> correction.correct(counts, true));
      storage.flush();
    }
    if (lowers) {
      image.visitCounted(counts -> correction.correct(counts, false));
      correction.clearBeyond(image.end());
      storage.flush();
    }
    corruptionsFixed += correction.raised();
    leaksFixed += correction.lowered();
  }

  private void correctFlags(Qcow2Check image) throws IOException {
    boolean overflowed = image.references().overflowed();
    if (!image.references().isWhole(image.file().header().l1())) {
      return;
    }
    CopiedCheck.run(
        image.file(),
        image.refcounts(),
        image.references(),
        new Steps(ProgressListener.NONE, image.file().header().clusterBits(), 0),
        (level, index, position, entry, refcount, _) -> {
          long start = position - (index << image.file().header().l2EntryBits());
          // A table begins where a cluster does; this is somebody's data, or may be. And a refcount
          // of 1 may be one that could not be counted.
          if ((level == 2 && !image.file().isAligned(start))
              || !image.isAlone(position, Long.BYTES)
              || (refcount == 1 && overflowed)) {
            return;
          }
          Word.BIG_ENDIAN_64.write(storage, position, L2Entry.withCopied(entry, refcount == 1));
          corruptionsFixed++;
          changes.accept(
              Findings.change(
                  Kind.FLAG,
                  "L" + level + " entry " + index,
                  position,
                  "COPIED is " + (refcount == 1 ? "not set" : "set"),
                  refcount == 1 ? "the flag" : "no flag",
                  Findings.copiedText("Repairing", level, index, entry, refcount)));
        });
    storage.flush();
  }
}
