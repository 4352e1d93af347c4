package io.diskformat.qcow2;

import io.diskformat.CheckReport;
import io.diskformat.CheckReport.Kind;
import io.diskformat.CheckReport.Problem;
import io.diskformat.CheckReport.Severity;
import io.diskformat.CorruptImageException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a check of a qcow2 image can find, in the words of this library and in those of {@code
 * qemu-img check}, which scripts compare.
 */
final class Findings implements CopiedVisitor {
  private static final String OVERFLOW_HINT =
      "\nUse qemu-img amend to increase the refcount entry width or qemu-img convert to create a"
          + " clean copy if the image cannot be opened for writing";

  private final CheckReport.Builder report;
  private final int clusterBits;
  private boolean beyond;

  Findings(CheckReport.Builder report, Qcow2Header header) {
    this.report = report;
    this.clusterBits = header.clusterBits();
  }

  CheckReport.Builder report() {
    return report;
  }

  void corruption(
      Kind kind,
      String structure,
      long position,
      long guestOffset,
      String found,
      String expected,
      @Nullable String qemuText) {
    add(Severity.CORRUPTION, kind, structure, position, guestOffset, found, expected, qemuText);
  }

  void remark(Kind kind, String structure, long position, String found, String expected) {
    add(Severity.REMARK, kind, structure, position, -1, found, expected, null);
  }

  void leak(Kind kind, String structure, long position, String found, String expected) {
    add(Severity.LEAK, kind, structure, position, -1, found, expected, null);
  }

  private void add(
      Severity severity,
      Kind kind,
      String structure,
      long position,
      long guestOffset,
      String found,
      String expected,
      @Nullable String qemuText) {
    report.count(
        new Problem(
            severity,
            kind,
            structure,
            position,
            guestOffset,
            found,
            expected,
            Optional.ofNullable(qemuText)));
  }

  /** Returns the words for an entry whose range of the file begins at an unaligned position. */
  private static String unaligned(long target) {
    return "points to " + target + ", not to the start of a cluster";
  }

  /** A table that cannot be read, as it contradicts the specification. */
  void malformed(CorruptImageException e) {
    corruption(
        Kind.MALFORMED,
        e.structure(),
        e.position(),
        -1,
        "cannot be read (" + e.getMessage() + ")",
        "one that can",
        null);
  }

  // References

  /** A range that a structure claims ends a cluster or more after the file. */
  void exceeds(Supplier<String> structure, long position, long guestOffset, long start, long size) {
    // A refcount table is replaced where it is damaged.
    beyond |= position != HeaderLayout.REFCOUNT_TABLE;
    if (isOnlyCounted(Severity.CORRUPTION)) {
      return;
    }
    corruption(
        Kind.OUT_OF_BOUNDS,
        structure.get(),
        position,
        guestOffset,
        "claims " + size + " bytes at " + start + ", beyond the end of the file",
        "a place in the file",
        "ERROR: counting reference for region exceeding the end of the file by one cluster or"
            + " more: offset 0x%x size 0x%x".formatted(start, size));
  }

  /** Notes that something points beyond the end of the file. */
  void noteBeyond() {
    beyond = true;
  }

  /**
   * Returns whether anything points beyond the end of the file. If the file grew, other data would
   * be there.
   */
  boolean pointsBeyond() {
    return beyond;
  }

  /** Counts a problem that need not be described, and returns true; returns false if it must be. */
  boolean isOnlyCounted(Severity severity) {
    if (report.wantsDescription()) {
      return false;
    }
    report.count(severity);
    return true;
  }

  /** A cluster has more references than its refcount can count. */
  void overflow(long cluster) {
    if (isOnlyCounted(Severity.CORRUPTION)) {
      return;
    }
    long position = cluster << clusterBits;
    corruption(
        Kind.REFERENCE_COUNT,
        "cluster " + cluster,
        position,
        -1,
        "more references than a refcount of this width counts",
        "fewer",
        "ERROR: overflow cluster offset=0x%x".formatted(position) + OVERFLOW_HINT);
  }

  /** A cluster's refcount is not the number of references; a leak if it is higher. */
  void refcount(long cluster, long refcount, long references, @Nullable String owners) {
    boolean leak = Long.compareUnsigned(refcount, references) > 0;
    Severity severity = leak ? Severity.LEAK : Severity.CORRUPTION;
    if (isOnlyCounted(severity)) {
      return;
    }
    add(
        severity,
        Kind.REFERENCE_COUNT,
        "cluster " + cluster,
        cluster << clusterBits,
        -1,
        "a refcount of " + Long.toUnsignedString(refcount),
        references
            + (references == 1 ? " reference" : " references")
            + (owners == null ? "" : ", which is shared by " + owners),
        refcountText(leak ? "Leaked" : "ERROR", cluster, refcount, references));
  }

  /** Describes a change that a repair makes. */
  static Problem change(
      Kind kind,
      String structure,
      long position,
      String found,
      String changed,
      @Nullable String qemuText) {
    return new Problem(
        Severity.REMARK,
        kind,
        structure,
        position,
        -1,
        found,
        changed,
        Optional.ofNullable(qemuText));
  }

  /** Describes a wrong refcount, and what becomes of it. */
  static Problem refcount(
      Severity severity, String what, long cluster, long position, long refcount, long references) {
    return new Problem(
        severity,
        Kind.REFERENCE_COUNT,
        "cluster " + cluster,
        position,
        -1,
        "a refcount of " + Long.toUnsignedString(refcount),
        references + (references == 1 ? " reference" : " references"),
        Optional.of(refcountText(what, cluster, refcount, references)));
  }

  private static String refcountText(String what, long cluster, long refcount, long references) {
    return "%s cluster %d refcount=%s reference=%d"
        .formatted(what, cluster, Long.toUnsignedString(refcount), references);
  }

  /** Two structures use one cluster, though its refcount says so. */
  void overlap(long cluster, String owners) {
    corruption(
        Kind.OVERLAP,
        "cluster " + cluster,
        cluster << clusterBits,
        -1,
        "is used by " + owners,
        "only one of them",
        null);
  }

  // The refcount structures

  void refcountEntryReserved(long index, long position) {
    if (isOnlyCounted(Severity.CORRUPTION)) {
      return;
    }
    corruption(
        Kind.RESERVED_BITS,
        "refcount table entry " + index,
        position,
        -1,
        "reserved bits are set",
        "0 there",
        "ERROR refcount table entry %d has reserved bits set".formatted(index));
  }

  void refcountBlockUnaligned(long index, long position, long target) {
    if (isOnlyCounted(Severity.CORRUPTION)) {
      return;
    }
    corruption(
        Kind.ALIGNMENT,
        "refcount table entry " + index,
        position,
        -1,
        unaligned(target),
        "the start of one",
        "ERROR refcount block %d is not cluster aligned; refcount table entry corrupted"
            .formatted(index));
  }

  void refcountBlockOutside(long index, long position, long target) {
    if (isOnlyCounted(Severity.CORRUPTION)) {
      return;
    }
    corruption(
        Kind.OUT_OF_BOUNDS,
        "refcount table entry " + index,
        position,
        -1,
        "points to " + target + ", beyond the end of the file",
        "a cluster of the file",
        "ERROR refcount block %d is outside image".formatted(index));
  }

  void refcountBlockShared(long index, long position, long references) {
    if (isOnlyCounted(Severity.CORRUPTION)) {
      return;
    }
    corruption(
        Kind.OVERLAP,
        "refcount block " + index,
        position,
        -1,
        "has " + references + " references",
        "one",
        "ERROR refcount block %d refcount=%d".formatted(index, references));
  }

  // The mapping

  void l1Reserved(long index, long position, long entry, long guestOffset) {
    if (isOnlyCounted(Severity.CORRUPTION)) {
      return;
    }
    corruption(
        Kind.RESERVED_BITS,
        "L1 entry " + index,
        position,
        guestOffset,
        "reserved bits are set in 0x%x".formatted(entry),
        "0 there",
        "ERROR found L1 entry with reserved bits set: %x".formatted(entry));
  }

  void l2TableUnaligned(long index, long position, long target, long guestOffset) {
    if (isOnlyCounted(Severity.CORRUPTION)) {
      return;
    }
    corruption(
        Kind.ALIGNMENT,
        "L1 entry " + index,
        position,
        guestOffset,
        unaligned(target),
        "the start of one",
        "ERROR l2_offset=%x: Table is not cluster aligned; L1 entry corrupted".formatted(target));
  }

  /** Whether COPIED is set contradicts the refcount. */
  @Override
  public void entry(
      int level, long index, long position, long entry, long refcount, long guestOffset) {
    if (isOnlyCounted(Severity.CORRUPTION)) {
      return;
    }
    boolean set = L2Entry.isCopied(entry);
    corruption(
        Kind.FLAG,
        "L" + level + " entry " + index,
        position,
        guestOffset,
        "COPIED is "
            + (set ? "set" : "not set")
            + ", and the refcount is "
            + Long.toUnsignedString(refcount),
        set ? "the flag only with a refcount of 1" : "the flag",
        copiedText("ERROR", level, index, entry, refcount));
  }

  static String copiedText(String what, int level, long index, long entry, long refcount) {
    String count = Long.toUnsignedString(refcount);
    return level == 1
        ? "%s OFLAG_COPIED L2 cluster: l1_index=%d l1_entry=%x refcount=%s"
            .formatted(what, index, entry, count)
        : "%s OFLAG_COPIED data cluster: l2_entry=%x refcount=%s".formatted(what, entry, count);
  }

  // Snapshots

  void snapshotL1Unaligned(SnapshotRecords.Entry entry, String id, String name) {
    corruption(
        Kind.ALIGNMENT,
        "snapshot " + id,
        entry.position(),
        -1,
        "its L1 table is at " + Long.toUnsignedString(entry.l1Position()),
        "the start of a cluster",
        "ERROR snapshot %s (%s) l1_offset=%s: L1 table is not cluster aligned; snapshot table entry corrupted"
            .formatted(id, name, alternate(entry.l1Position())));
  }

  void snapshotL1Size(SnapshotRecords.Entry entry, String id, String name) {
    corruption(
        Kind.OUT_OF_BOUNDS,
        "snapshot " + id,
        entry.position(),
        -1,
        "its L1 table has " + entry.l1Entries() + " entries",
        "32 MiB of them at most",
        "ERROR snapshot %s (%s) l1_size=%s: L1 table is too large; snapshot table entry corrupted"
            .formatted(id, name, alternate(entry.l1Entries())));
  }

  /** Formats a number as printf's {@code %#x} does: no prefix before a zero. */
  private static String alternate(long number) {
    return number == 0 ? "0" : "0x" + Long.toHexString(number);
  }
}
