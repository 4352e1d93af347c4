package io.diskformat.qcow2;

import io.diskformat.CheckReport;
import io.diskformat.CheckReport.Kind;
import io.diskformat.CorruptImageException;
import io.diskformat.ProgressListener;
import io.diskformat.storage.Storage;
import java.io.IOException;

/**
 * Checks the structure of an image: reads all of its tables, counts what they refer to, and
 * compares that with the refcounts and flags. What it finds is reported in qemu-img's order.
 *
 * <p>Memory is that of a window of {@link ReferenceCounts}, and of a few tables; each L2 table is
 * read once for each window.
 */
final class Qcow2Check {
  /** The most clusters that QEMU checks. */
  private static final long MOST_CLUSTERS = Integer.MAX_VALUE;

  private final CheckedFile file;
  private final Qcow2Header header;
  private final Findings findings;
  private final RefcountsInFile refcounts;
  private final ReferenceCheck references;
  private final RefcountCheck comparison;
  private final Overlaps overlaps = new Overlaps();

  private Qcow2Check(
      Storage storage, Qcow2Header header, long dataLength, CheckReport.Builder report)
      throws IOException {
    this.header = header;
    this.file = new CheckedFile(storage, header, dataLength);
    this.findings = new Findings(report, header);
    this.refcounts = new RefcountsInFile(file);
    this.references = new ReferenceCheck(file, refcounts, findings);
    this.comparison = new RefcountCheck(file, refcounts, findings);
  }

  /** Adds what is wrong with an image to a report. */
  static Qcow2Check run(Storage storage, CheckReport.Builder report) throws IOException {
    return run(storage, -1, report, ProgressListener.NONE);
  }

  /**
   * Adds what is wrong with an image to a report.
   *
   * @param dataLength of the external data file in bytes, or -1 if there is none or it is not known
   */
  static Qcow2Check run(
      Storage storage, long dataLength, CheckReport.Builder report, ProgressListener listener)
      throws IOException {
    Qcow2Check check = new Qcow2Check(storage, HeaderParser.read(storage), dataLength, report);
    check.run(listener);
    return check;
  }

  /**
   * Returns whether a range of the file that holds a table is that table's alone, so that a change
   * of the table changes nothing else.
   */
  boolean isAlone(long position, long size) {
    return !overlaps.concernRange(position, size, header.clusterBits());
  }

  /** Returns the clusters that hold a table and are used by something else, too. */
  Overlaps overlaps() {
    return overlaps;
  }

  CheckedFile file() {
    return file;
  }

  RefcountsInFile refcounts() {
    return refcounts;
  }

  ReferenceCheck references() {
    return references;
  }

  RefcountCheck comparison() {
    return comparison;
  }

  /** Counts all references, window by window, and hands over each window; reports nothing. */
  void visitWindows(WindowVisitor visitor) throws IOException {
    ReferenceCounts counts = counts();
    while (counts.nextWindow()) {
      references.countOthers(counts);
      visitor.window(counts);
    }
  }

  /** Counts all references, those of refcount structures too, and hands over each window. */
  void visitCounted(WindowVisitor visitor) throws IOException {
    ReferenceCounts counts = counts();
    while (counts.nextWindow()) {
      references.countAll(counts);
      comparison.count(counts);
      visitor.window(counts);
    }
  }

  /** Takes windows in which everything but refcount structures is counted. */
  @FunctionalInterface
  interface WindowVisitor {
    void window(ReferenceCounts counts) throws IOException;
  }

  private ReferenceCounts counts() {
    // The last cluster need not be in the file as a whole, so that a stream may end in the next.
    return new ReferenceCounts(refcounts.width(), file.clusters() + 1);
  }

  /** Returns the first cluster that is not in the file, and that nothing in it refers to. */
  long end() {
    return Math.max(file.clusters(), references.end());
  }

  private void run(ProgressListener listener) throws IOException {
    CheckReport.Builder report = findings.report();
    report.totalClusters(Math.ceilDiv(header.size(), (long) header.clusterSize()));
    if (file.clusters() > MOST_CLUSTERS) {
      report.checkError("file", -1, file.clusters() + " clusters", MOST_CLUSTERS + " at most");
      return;
    }
    checkHeader();
    references.begin();
    ReferenceCounts counts = counts();
    Steps steps =
        new Steps(listener, header.clusterBits(), references.l2Tables() * (counts.windows() + 1));
    for (boolean first = true; counts.nextWindow(); first = false) {
      if (first) {
        references.first(counts, steps);
      } else {
        references.next(counts, steps);
      }
      comparison.checkBlocks(counts);
      Overlaps owners = new OverlapSearch(file, references, refcounts, counts).find();
      overlaps.addAll(owners);
      comparison.compare(counts, end(), owners);
    }
    boolean counted = counts.windows() == 1 && comparison.isEqual();
    RefcountsInFile known = counted ? refcounts.countedBy(counts, end()) : refcounts;
    CopiedCheck.run(file, known, references, steps, findings);
    comparison.checkBeyond(end());
    remarks();
    report.usedUpTo((comparison.highest() + 1) << header.clusterBits());
    steps.end();
  }

  private void checkHeader() throws IOException {
    long snapshots = file.storage().readLong(HeaderLayout.SNAPSHOT_TABLE);
    if (header.snapshotCount() == 0 && (snapshots < 0 || !file.isAligned(snapshots))) {
      // Readers ignore it, but QEMU's check and its writers do not.
      findings.corruption(
          Kind.ALIGNMENT,
          "header",
          HeaderLayout.SNAPSHOT_TABLE,
          -1,
          "the snapshot table, of no entries, is at " + Long.toUnsignedString(snapshots),
          "the start of a cluster, or 0",
          null);
    }
    if (header.has(Qcow2Header.EXTERNAL_DATA) && header.extensions().dataFile().isEmpty()) {
      findings.corruption(
          Kind.MALFORMED,
          "header",
          0,
          -1,
          "names no external data file",
          "a name, as the data is in such a file",
          null);
    }
    if (header.encryption() == Encryption.LUKS) {
      try {
        var _ = EncryptionHeader.of(file.storage(), header).describe(file.storage());
      } catch (CorruptImageException e) {
        findings.malformed(e);
      }
    }
  }

  /** Returns whether the file may grow without anything coming to point to what is new. */
  boolean mayGrow() {
    return !findings.pointsBeyond();
  }

  private void remarks() {
    if (header.has(Qcow2Header.DIRTY)) {
      findings.remark(
          Kind.MARK,
          "header",
          HeaderLayout.INCOMPATIBLE,
          "marked as not closed",
          "no mark, unless it is being written");
    }
    if (header.has(Qcow2Header.CORRUPT)) {
      findings.remark(
          Kind.MARK, "header", HeaderLayout.INCOMPATIBLE, "marked as corrupt", "no mark");
    }
  }
}
