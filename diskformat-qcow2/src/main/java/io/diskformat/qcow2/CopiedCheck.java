package io.diskformat.qcow2;

import io.diskformat.table.KnownHole;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Checks that COPIED is set in exactly those entries whose cluster has a refcount of 1. */
final class CopiedCheck implements L2Tables.Work {
  private final CheckedFile file;
  private final Qcow2Header header;
  private final RefcountsInFile refcounts;
  private final KnownHole holes;
  private final byte[] table;
  private final int entryBytes;
  private final boolean external;

  private CopiedCheck(CheckedFile file, RefcountsInFile refcounts) {
    this.file = file;
    this.header = file.header();
    this.refcounts = refcounts;
    this.holes = new KnownHole(file.storage());
    this.table = new byte[header.clusterSize()];
    this.entryBytes = 1 << header.l2EntryBits();
    this.external = header.has(Qcow2Header.EXTERNAL_DATA);
  }

  /** Receives an entry whose flag is wrong. */
  @FunctionalInterface
  private interface EntryVisitor {
    /** Receives entry number {@code index} of a table. */
    void entry(int index, long entry, long refcount) throws IOException;
  }

  /** Visits the entries of the disk's own tables whose flag is wrong. */
  static void run(
      CheckedFile file,
      RefcountsInFile refcounts,
      ReferenceCheck references,
      Steps steps,
      CopiedVisitor visitor)
      throws IOException {
    Qcow2Header header = file.header();
    L2Tables<CopiedCheck> tables =
        new L2Tables<>(
            header.clusterBits(), () -> new CopiedCheck(file, refcounts.forOtherThread()), steps);
    CopiedCheck check = new CopiedCheck(file, refcounts);
    boolean[] found = new boolean[1];
    references.visitActive((index, entry) -> {
      long target = L1Entry.table(entry);
      if (target != 0 && refcounts.isKnown(target >>> header.clusterBits())) {
        if (!file.exceeds(target, header.clusterSize())) {
          tables.add(target, true);
        }
        found[0] |=
            L1Entry.isCopied(entry) != (refcounts.get(target >>> header.clusterBits()) == 1);
      }
    });
    tables.run();
    if (!found[0] && tables.unusual().isEmpty()) {
      return;
    }
    Map<Long, Integer> reports = new HashMap<>();
    references.visitActive((index, entry) -> {
      long target = L1Entry.table(entry);
      if (target == 0 || !refcounts.isKnown(target >>> header.clusterBits())) {
        return;
      }
      long guestOffset = index << header.l2CoverageBits();
      long refcount = refcounts.get(target >>> header.clusterBits());
      if ((refcount == 1) != L1Entry.isCopied(entry)) {
        visitor.entry(1, index, header.l1().entryPosition(index), entry, refcount, guestOffset);
      }
      if (tables.unusual().contains(target)
          && reports.merge(target, 1, Integer::sum) <= ReferenceCheck.MOST_REPORTS) {
        check.visit(
            target,
            (i, word, count) ->
                visitor.entry(
                    2,
                    i,
                    target + (long) i * check.entryBytes,
                    word,
                    count,
                    guestOffset + ((long) i << header.clusterBits())));
      }
    });
  }

  @Override
  public boolean visit(long position, long references, long active) throws IOException {
    boolean[] found = new boolean[1];
    visit(position, (index, entry, refcount) -> found[0] = true);
    return found[0];
  }

  private void visit(long position, EntryVisitor visitor) throws IOException {
    if (holes.contains(position, table.length)) {
      return;
    }
    file.read(position, table, table.length);
    for (int at = 0; at < table.length; ) {
      int single = external || entryBytes != Long.BYTES ? 0 : singles(at);
      at += single << 3;
      if (single == 0) {
        check(at, visitor);
        at += entryBytes;
      }
    }
  }

  /**
   * Returns how many entries, from one on, are those of clusters that are stored one after the
   * other, each having the flag and a refcount of 1.
   */
  private int singles(int start) throws IOException {
    long first = CheckedFile.word(table, start);
    if ((first & ~(L2Entry.COPIED | L2Entry.PLACE)) != 0
        || !L2Entry.isCopied(first)
        || !file.isAligned(first)
        || L2Entry.place(first) == 0) {
      return 0;
    }
    int count = 1;
    long following = first + header.clusterSize();
    while (start + (count << 3) < table.length
        && CheckedFile.word(table, start + (count << 3)) == following) {
      count++;
      following += header.clusterSize();
    }
    long cluster = L2Entry.place(first) >>> header.clusterBits();
    return count > 1 && refcounts.isKnown(cluster) && refcounts.areOne(cluster, count) ? count : 0;
  }

  private void check(int at, EntryVisitor visitor) throws IOException {
    long entry = CheckedFile.word(table, at);
    if (entry != 0 && hasPlace(header, entry)) {
      long cluster = L2Entry.place(entry) >>> header.clusterBits();
      if (external || refcounts.isKnown(cluster)) {
        long refcount = external ? 1 : refcounts.get(cluster);
        if ((refcount == 1) != L2Entry.isCopied(entry)) {
          visitor.entry(at / entryBytes, entry, refcount);
        }
      }
    }
  }

  /** Returns whether an entry is that of a cluster with a place, which the flag is about. */
  static boolean hasPlace(Qcow2Header header, long entry) {
    boolean plainZero = L2Entry.isZero(entry) && !header.has(Qcow2Header.EXTENDED_L2);
    return !L2Entry.isCompressed(entry)
        && (L2Entry.place(entry) != 0
            || (header.has(Qcow2Header.EXTERNAL_DATA) && L2Entry.isCopied(entry) && !plainZero));
  }
}
