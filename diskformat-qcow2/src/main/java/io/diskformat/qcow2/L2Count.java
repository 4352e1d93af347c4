package io.diskformat.qcow2;

import io.diskformat.CheckReport;
import io.diskformat.table.KnownHole;
import java.io.IOException;

/**
 * Counts the references of L2 tables, and notes which tables have anything unusual, for {@link
 * L2Check} to report. Each thread has its own.
 */
final class L2Count implements L2Tables.Work {
  private final CheckedFile file;
  private final ReferenceCounts counts;
  private final Overflows overflows;
  private final KnownHole holes;
  private final byte[] table;
  private final long ordinary;
  private final long clusterSize;
  private final int clusterBits;
  private final int entryBytes;
  private final boolean extended;
  private final boolean external;

  private long allocated;
  private long fragmented;
  private long compressed;
  private long end;

  // The table that is visited
  private long references;
  private boolean unusual;
  private long next;
  private long runStart;
  private long runEnd;
  private long tableAllocated;
  private long tableFragmented;
  private long tableCompressed;

  L2Count(CheckedFile file, ReferenceCounts counts, Overflows overflows) {
    Qcow2Header header = file.header();
    this.file = file;
    this.counts = counts;
    this.overflows = overflows;
    this.holes = new KnownHole(file.storage());
    this.table = new byte[header.clusterSize()];
    this.clusterSize = header.clusterSize();
    this.clusterBits = header.clusterBits();
    this.entryBytes = 1 << header.l2EntryBits();
    this.extended = header.has(Qcow2Header.EXTENDED_L2);
    this.external = header.has(Qcow2Header.EXTERNAL_DATA);
    // The bits that are 0 in an entry of plain data.
    this.ordinary = ~(L2Entry.COPIED | (L2Entry.PLACE & -clusterSize));
  }

  @Override
  public boolean visit(long position, long references, long active) throws IOException {
    if (holes.contains(position, clusterSize)) {
      return false;
    }
    this.references = references;
    unusual = external;
    next = 0;
    runStart = 0;
    runEnd = 0;
    tableAllocated = 0;
    tableFragmented = 0;
    tableCompressed = 0;
    file.read(position, table, table.length);
    if (extended) {
      visitExtended();
    } else {
      visitStandard();
    }
    endRun();
    allocated += active * tableAllocated;
    fragmented += active * tableFragmented;
    compressed += active * tableCompressed;
    return unusual;
  }

  private void visitStandard() {
    // The entry that would continue the run of clusters stored so far; 0 if there is none.
    long following = 0;
    for (int at = 0; at < table.length; at += Long.BYTES) {
      long entry = CheckedFile.word(table, at);
      if (entry == 0) {
        continue;
      }
      if (entry == following && L2Entry.place(entry) < file.length()) {
        following += clusterSize;
        runEnd += clusterSize;
        next += clusterSize;
        tableAllocated++;
      } else if ((entry & ordinary) == 0 && !external && (entry & L2Entry.PLACE) != 0) {
        countPlace(L2Entry.place(entry));
        following = L2Entry.place(entry) + clusterSize == runEnd ? entry + clusterSize : 0;
      } else {
        countAny(entry, 0);
        following = 0;
      }
    }
  }

  private void visitExtended() {
    for (int at = 0; at < table.length; at += entryBytes) {
      long entry = CheckedFile.word(table, at);
      long bitmap = CheckedFile.word(table, at + Long.BYTES);
      if (entry != 0 || bitmap != 0) {
        countAny(entry, bitmap);
      }
    }
  }

  private void countAny(long entry, long bitmap) {
    if (L2Entry.isCompressed(entry)) {
      countCompressed(entry, bitmap);
      return;
    }
    boolean zero = L2Entry.isZero(entry) && !extended;
    long place = L2Entry.place(entry);
    unusual |=
        (entry & L2Check.RESERVED) != 0
            || !SubclusterBitmap.isConsistent(bitmap)
            || (L2Entry.isZero(entry) && (extended || file.header().version() < 3));
    if (place != 0 || (external && L2Entry.isCopied(entry) && !zero)) {
      unusual |= !file.isAligned(place);
      countPlace(place);
    } else {
      unusual |= SubclusterBitmap.storesAny(bitmap);
    }
  }

  private void countCompressed(long entry, long bitmap) {
    unusual |= L2Entry.isCopied(entry) || bitmap != 0;
    if (external || bitmap != 0) {
      return;
    }
    long start = L2Entry.streamPosition(entry, clusterBits);
    long stop = L2Entry.streamEnd(entry, clusterBits);
    unusual |= stop > file.length();
    tableAllocated++;
    tableCompressed++;
    tableFragmented++;
    if (!file.exceeds(start, stop - start)) {
      for (long cluster = start >>> clusterBits; cluster << clusterBits < stop; cluster++) {
        countCluster(cluster);
      }
    }
  }

  private void countPlace(long place) {
    tableAllocated++;
    if (next != 0 && place != next) {
      tableFragmented++;
    }
    next = place + clusterSize;
    if (external) {
      return;
    }
    if (file.exceeds(place, clusterSize)) {
      unusual = true;
    } else if (!file.isAligned(place)) {
      countCluster(place >>> clusterBits);
      countCluster((place >>> clusterBits) + 1);
    } else if (place == runEnd) {
      runEnd += clusterSize;
    } else {
      endRun();
      runStart = place;
      runEnd = place + clusterSize;
    }
  }

  private void endRun() {
    long stop = runEnd >>> clusterBits;
    end = Math.max(end, stop);
    for (long cluster = runStart >>> clusterBits; cluster < stop; ) {
      long whole = references == 1 ? counts.addWholeWord(cluster, stop - cluster) : 0;
      if (whole == 0) {
        countCluster(cluster);
        whole = 1;
      }
      cluster += whole;
    }
  }

  private void countCluster(long cluster) {
    end = Math.max(end, cluster + 1);
    long uncounted = counts.add(cluster, references);
    if (uncounted > 0) {
      overflows.add(cluster, uncounted);
    }
  }

  /** Returns the first cluster after all that were referred to. */
  long end() {
    return end;
  }

  /** Adds the numbers of stored clusters to a report. */
  void addTo(CheckReport.Builder report) {
    report.allocatedClusters(allocated, fragmented, compressed);
  }
}
