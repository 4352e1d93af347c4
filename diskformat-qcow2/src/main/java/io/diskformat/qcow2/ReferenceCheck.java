package io.diskformat.qcow2;

import io.diskformat.CheckReport;
import io.diskformat.CheckReport.Kind;
import io.diskformat.CorruptImageException;
import io.diskformat.ProgressListener;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** Counts all references to clusters, and reports what is wrong with them, in qemu-img's order. */
final class ReferenceCheck {
  /** The reserved bits of an L1 entry. */
  static final long L1_RESERVED = 0x7f00_0000_0000_01ffL;

  /** The most bytes of snapshots' L1 tables to read, however small the file is. */
  private static final long LEAST_L1_BYTES = 256 << 20;

  /** The most L1 entries to report of those that point to the same table. */
  static final int MOST_REPORTS = 1000;

  private final CheckedFile file;
  private final Qcow2Header header;
  private final RefcountsInFile refcounts;
  private final Findings findings;
  private final BitmapCheck bitmaps;
  private final Overflows overflows = new Overflows();
  private final List<L1> l1Tables = new ArrayList<>();
  private List<SnapshotRecords.Entry> snapshots = List.of();
  private long snapshotsEnd;
  private final L2Check l2;
  private boolean complete = true;
  private Set<Long> unusual = Set.of();
  private boolean overflowed;
  private long end;

  /** An L1 table, and what it is called. */
  private record L1(String name, L1Table table, boolean active) {}

  ReferenceCheck(CheckedFile file, RefcountsInFile refcounts, Findings findings) {
    this.file = file;
    this.header = file.header();
    this.refcounts = refcounts;
    this.findings = findings;
    this.bitmaps = new BitmapCheck(file);
    this.l2 = new L2Check(file, findings);
  }

  /** Reads the tables that say where other tables are, and reports what is wrong with them. */
  void begin() throws IOException {
    l1Tables.add(new L1("L1 table", header.l1(), true));
    complete &= EncryptionHeader.isKnown(header, file.length());
    if (header.snapshotCount() > 0) {
      try {
        SnapshotRecords records = SnapshotRecords.read(file);
        snapshots = records.entries();
        snapshotsEnd = records.end();
      } catch (CorruptImageException e) {
        complete = false;
        findings.malformed(e);
      }
    }
    reportIncompleteSnapshots();
    bitmaps.read(findings);
    long bytes = 0;
    for (SnapshotRecords.Entry entry : snapshots) {
      if (isSound(entry)) {
        bytes += entry.l1Entries() << 3;
        l1Tables.add(
            new L1(
                "L1 table of a snapshot",
                new L1Table(entry.l1Position(), (int) entry.l1Entries()),
                false));
      }
    }
    OptionalLong allocated = file.storage().allocatedSize();
    if (bytes > Math.max(LEAST_L1_BYTES, allocated.orElse(file.length()))) {
      throw new UnsupportedFeatureException(
          file.storage().name(),
          "checking a qcow2 image whose snapshots have L1 tables of " + bytes + " bytes");
    }
  }

  private void reportIncompleteSnapshots() {
    for (int i = 0; i < snapshots.size(); i++) {
      SnapshotRecords.Entry entry = snapshots.get(i);
      if (header.version() >= 3
          && entry.extraLength() < SnapshotTable.LEAST_EXTRA
          && !findings.isOnlyCounted(CheckReport.Severity.CORRUPTION)) {
        findings.corruption(
            Kind.MALFORMED,
            "snapshot table entry " + i,
            entry.position(),
            -1,
            "the disk's size is not recorded",
            "16 bytes of extra data",
            "ERROR snapshot table entry %d is incomplete".formatted(i));
      }
    }
  }

  private boolean isSound(SnapshotRecords.Entry entry) {
    return file.isAligned(entry.l1Position())
        && entry.l1Position() >>> 56 == 0
        && !isTooLarge(entry);
  }

  private static boolean isTooLarge(SnapshotRecords.Entry entry) {
    return entry.l1Entries() << 3 > Qcow2Header.MAX_L1_BYTES;
  }

  /** Returns whether all references are known, so that what has none is a leak. */
  boolean isComplete() {
    return complete && bitmaps.isReadable();
  }

  /** Returns how many L2 tables there can be at most. */
  long l2Tables() {
    return l1Tables.stream().mapToLong(l1 -> l1.table.entries()).sum();
  }

  private void visitL1(L1Table l1, CheckedFile.WordVisitor visitor) throws IOException {
    file.visitWords(l1.position(), l1.entries(), visitor);
  }

  // The first window

  /** Counts the references to the clusters of the first window, and reports what is wrong. */
  void first(ReferenceCounts counts, Steps steps) throws IOException {
    unusual = countMapping(counts, steps, true);
    reportL1(l1Tables.getFirst());
    if (header.has(Qcow2Header.EXTERNAL_DATA) && header.snapshotCount() > 0) {
      findings.corruption(
          Kind.MALFORMED,
          "header",
          HeaderLayout.SNAPSHOTS,
          -1,
          header.snapshotCount() + " snapshots in an image with an external data file",
          "none",
          "ERROR %d snapshots in image with data file".formatted(header.snapshotCount()));
    }
    reportSnapshots();
    visitNamed(this::reportRange);
    bitmaps.report(findings);
    bitmaps.visit(this::reportRange);
    countRanges(counts);
    overflowed |= !overflows.isEmpty();
    overflows.report(findings);
  }

  private void reportSnapshots() throws IOException {
    int next = 1;
    for (SnapshotRecords.Entry entry : snapshots) {
      boolean sound = isSound(entry);
      complete &= sound;
      if (sound) {
        reportL1(l1Tables.get(next++));
      } else if (!file.isAligned(entry.l1Position())) {
        findings.snapshotL1Unaligned(entry, entry.id(file), entry.name(file));
      } else if (isTooLarge(entry)) {
        findings.snapshotL1Size(entry, entry.id(file), entry.name(file));
      } else if (entry.l1Entries() > 0) {
        reportRange("L1 table of a snapshot", -1, entry.l1Position(), entry.l1Entries() << 3);
      } else {
        String found = "has an L1 table at 0x%x".formatted(entry.l1Position());
        long at = entry.position();
        findings.corruption(Kind.MALFORMED, "snapshot table entry", at, -1, found, "a place", null);
      }
    }
  }

  private void reportL1(L1 l1) throws IOException {
    L1Table table = l1.table;
    reportRange(l1.name, -1, table.position(), table.length());
    Map<Long, Integer> reports = new HashMap<>();
    visitL1(
        table,
        (index, entry) -> {
          if ((entry & L1_RESERVED) == 0
              && file.exceeds(entry & ~L2Entry.COPIED, header.clusterSize())
              && findings.isOnlyCounted(CheckReport.Severity.CORRUPTION)) {
            // There may be millions of them.
            findings.noteBeyond();
            return;
          }
          long position = table.entryPosition(index);
          long guestOffset = index << header.l2CoverageBits();
          if ((entry & L1_RESERVED) != 0) {
            findings.l1Reserved(index, position, entry, guestOffset);
          }
          long target = L1Entry.table(entry);
          if (file.exceeds(target, header.clusterSize())) {
            findings.exceeds(
                () -> "L1 entry " + index, position, guestOffset, target, header.clusterSize());
          } else if (target + header.clusterSize() > file.storage().size()) {
            findings.noteBeyond();
            findings.corruption(
                Kind.OUT_OF_BOUNDS,
                "L1 entry " + index,
                position,
                guestOffset,
                "points to a table at " + target + ", which the end of the file cuts short",
                "a whole one",
                null);
          }
          if (!file.isAligned(target)) {
            findings.l2TableUnaligned(index, position, target, guestOffset);
          }
          if (unusual.contains(target) && reports.merge(target, 1, Integer::sum) <= MOST_REPORTS) {
            l2.report(target, guestOffset);
          }
        });
  }

  private void reportRange(String structure, long position, long start, long size) {
    if (size > 0 && file.exceeds(start, size)) {
      // What of it is in the file is not counted; a refcount table is replaced.
      complete &= position == HeaderLayout.REFCOUNT_TABLE;
      findings.exceeds(() -> structure, position, -1, start, size);
    }
  }

  // Counting

  /** Counts the references to the clusters of another window. */
  void next(ReferenceCounts counts, Steps steps) throws IOException {
    countMapping(counts, steps, false);
    countRanges(counts);
    overflowed |= !overflows.isEmpty();
    overflows.report(findings);
  }

  /** Counts what L1 entries and L2 entries refer to; returns the unusual L2 tables. */
  private Set<Long> countMapping(ReferenceCounts counts, Steps steps, boolean describe)
      throws IOException {
    if (!counts.isReferredTo()) {
      return Set.of();
    }
    L2Tables<L2Count> tables =
        new L2Tables<>(header.clusterBits(), () -> new L2Count(file, counts, overflows), steps);
    visitL2Tables((position, active) -> {
      countRange(counts, position, header.clusterSize());
      tables.add(position, active);
    });
    tables.run();
    for (L2Count part : tables.done()) {
      end = Math.max(end, part.end());
      if (describe) {
        part.addTo(findings.report());
      }
    }
    return tables.unusual();
  }

  /** Receives L2 tables, each as often as an L1 entry points to it. */
  @FunctionalInterface
  interface TableVisitor {
    /** Receives the table at a position; {@code active} if the L1 entry is one of the disk's. */
    void table(long position, boolean active) throws IOException;
  }

  /** Visits the L2 tables that are in the file. */
  void visitL2Tables(TableVisitor visitor) throws IOException {
    for (L1 l1 : l1Tables) {
      visitL1(
          l1.table,
          (index, entry) -> {
            long target = L1Entry.table(entry);
            if (!file.exceeds(target, header.clusterSize())) {
              visitor.table(target, l1.active);
            }
          });
    }
  }

  /** Counts all references but those to refcount blocks; reports nothing. */
  void countAll(ReferenceCounts counts) throws IOException {
    countMapping(counts, new Steps(ProgressListener.NONE, header.clusterBits(), 0), false);
    countRanges(counts);
  }

  /** Counts all references but those to the refcount table and blocks; reports nothing. */
  void countOthers(ReferenceCounts counts) throws IOException {
    countMapping(counts, new Steps(ProgressListener.NONE, header.clusterBits(), 0), false);
    visitRanges((structure, position, start, size) -> {
      if (position != HeaderLayout.REFCOUNT_TABLE) {
        countRange(counts, start, size);
      }
    });
  }

  private void countRanges(ReferenceCounts counts) throws IOException {
    if (!counts.isReferredTo()) {
      return;
    }
    visitRanges((structure, position, start, size) -> countRange(counts, start, size));
  }

  private void countRange(ReferenceCounts counts, long start, long size) {
    if (size <= 0 || file.exceeds(start, size)) {
      return;
    }
    long stop = ((start + size - 1) >>> header.clusterBits()) + 1;
    end = Math.max(end, stop);
    for (long cluster = start >>> header.clusterBits(); cluster < stop; cluster++) {
      if (counts.add(cluster, 1) > 0) {
        overflows.add(cluster, 1);
      }
    }
  }

  /** Visits the ranges that structures other than L2 tables and refcount blocks have. */
  void visitRanges(RangeVisitor visitor) throws IOException {
    visitor.range("header", 0, 0, header.clusterSize());
    for (L1 l1 : l1Tables) {
      visitor.range(l1.name, -1, l1.table.position(), l1.table.length());
    }
    visitNamed(visitor);
    bitmaps.visit(visitor);
  }

  /** Visits the ranges that header and header extensions name, but for those of bitmaps. */
  private void visitNamed(RangeVisitor visitor) throws IOException {
    visitor.range(
        "snapshot table", HeaderLayout.SNAPSHOT_TABLE, header.snapshotsPosition(), snapshotsSize());
    visitor.range(
        "refcount table",
        HeaderLayout.REFCOUNT_TABLE,
        header.refcountTablePosition(),
        (long) refcounts.entries() << 3);
    long[] luks = EncryptionHeader.range(header, file.length());
    visitor.range("LUKS header", 0, luks[0], luks[1]);
  }

  private long snapshotsSize() {
    return snapshots.isEmpty() ? 0 : snapshotsEnd - header.snapshotsPosition();
  }

  /** Returns whether a cluster has more references than its refcount can count. */
  boolean overflowed() {
    return overflowed;
  }

  /** Returns whether one cluster has, as far as that is known. */
  boolean overflowed(long cluster) {
    return overflows.concern(cluster);
  }

  /** Returns the first cluster after all that were referred to. */
  long end() {
    return end;
  }

  /** Visits the entries of the disk's own L1 table. */
  void visitActive(CheckedFile.WordVisitor visitor) throws IOException {
    visitL1(header.l1(), visitor);
  }

  /** Visits the entries of all L1 tables that are in the file as a whole. */
  void visitWhole(L1Visitor visitor) throws IOException {
    for (L1 l1 : l1Tables) {
      if (isWhole(l1.table)) {
        visitL1(l1.table, (index, entry) -> visitor.entry(l1.table.entryPosition(index), entry));
      }
    }
  }

  /** Returns whether an L1 table is in the file as a whole; if not, its entries may be anything. */
  boolean isWhole(L1Table l1) {
    return !file.exceeds(l1.position(), l1.length());
  }

  /** Receives L1 entries. */
  @FunctionalInterface
  interface L1Visitor {
    /** Receives the entry at a position of the file. */
    void entry(long position, long entry) throws IOException;
  }

  /** Returns the positions of the L2 tables with anything unusual. */
  Set<Long> unusual() {
    return unusual;
  }
}
