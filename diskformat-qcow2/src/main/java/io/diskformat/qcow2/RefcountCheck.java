package io.diskformat.qcow2;

import io.diskformat.CheckReport.Kind;
import io.diskformat.maintenance.Interruption;
import io.diskformat.table.KnownHole;
import java.io.IOException;

/** Compares the refcounts in the file with the references that were counted, window by window. */
final class RefcountCheck {
  private final CheckedFile file;
  private final RefcountsInFile refcounts;
  private final RefcountBlock width;
  private final Findings findings;
  private final byte[] block;
  private final KnownHole holes;
  private long highest;
  private boolean sound = true;
  private boolean lacking;

  /** Whether each refcount that was compared is the number of references. */
  private boolean equal = true;

  RefcountCheck(CheckedFile file, RefcountsInFile refcounts, Findings findings) {
    this.file = file;
    this.refcounts = refcounts;
    this.width = refcounts.width();
    this.findings = findings;
    this.holes = new KnownHole(file.storage());
    this.block = new byte[file.header().clusterSize()];
  }

  /** Counts the refcount blocks that are in the window, and reports what is wrong with any. */
  void checkBlocks(ReferenceCounts counts) {
    boolean first = counts.start() == 0;
    if (!counts.isReferredTo()) {
      return;
    }
    for (int i = 0; i < refcounts.entries(); i++) {
      long target = refcounts.target(i);
      long position = refcounts.entryPosition(i);
      long cluster = target >>> file.header().clusterBits();
      if (refcounts.isReserved(i)) {
        sound = false;
        if (first) {
          findings.refcountEntryReserved(i, position);
        }
      } else if (!file.isAligned(target)) {
        sound = false;
        if (first) {
          findings.refcountBlockUnaligned(i, position, target);
        }
      } else if (target < 0 || cluster >= file.clusters()) {
        sound = false;
        if (first) {
          findings.refcountBlockOutside(i, position, target);
        }
      } else if (target != 0 && !counts.covers(cluster)) {
        // Only noted.
        long _ = counts.add(cluster, 1);
      } else if (target != 0) {
        boolean full = counts.add(cluster, 1) > 0;
        if (full) {
          findings.overflow(cluster);
        }
        if (counts.get(cluster) != 1 || full) {
          sound = false;
          if (counts.get(cluster) != 1) {
            findings.refcountBlockShared(i, target, counts.get(cluster));
          }
        }
      }
    }
  }

  /** Counts the refcount blocks, all of which are sound. */
  void count(ReferenceCounts counts) {
    for (int i = 0; i < refcounts.entries(); i++) {
      if (refcounts.target(i) != 0) {
        long _ = counts.add(refcounts.target(i) >>> file.header().clusterBits(), 1);
      }
    }
  }

  /** Returns whether the refcount blocks are all where they can be, each at a place of its own. */
  boolean isSound() {
    return sound;
  }

  /**
   * Compares the refcounts of the window.
   *
   * @param stop the first cluster that is not looked at
   * @param owners who shares clusters
   */
  void compare(ReferenceCounts counts, long stop, Overlaps owners) throws IOException {
    long perBlock = 1L << width.clustersBits();
    long limit = Math.min(counts.end(), stop);
    for (long first = counts.start(); first < limit; first += perBlock) {
      Interruption.check();
      long index = first >>> width.clustersBits();
      if (index < refcounts.entries() && !refcounts.isSound((int) index)) {
        equal = false;
        continue;
      }
      long position = refcounts.blockOf(first);
      lacking |= position == 0 && counts.isUsed() && isReferredTo(counts, first, limit);
      boolean present = position != 0 && !holes.contains(position, block.length);
      if (present) {
        file.read(position, block, block.length);
      }
      if (present || counts.isUsed()) {
        compareBlock(counts, first, Math.min(first + perBlock, limit), present, owners);
      }
    }
  }

  /** Returns whether each refcount that was compared is the number of references. */
  boolean isEqual() {
    return equal;
  }

  private boolean isReferredTo(ReferenceCounts counts, long first, long limit) {
    int perWord = 64 >>> width.order();
    long stop = Math.min(first + (1L << width.clustersBits()), limit);
    for (long cluster = first; cluster < stop; cluster += perWord) {
      if (counts.word(cluster) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether anything is referred to of which no block counts the references. */
  boolean lacksBlocks() {
    return lacking;
  }

  private void compareBlock(
      ReferenceCounts counts, long first, long stop, boolean present, Overlaps owners) {
    int perWord = 64 >>> width.order();
    for (long cluster = first; cluster < stop; cluster += perWord) {
      long counted = counts.word(cluster);
      long recorded = present ? CheckedFile.word(block, (int) width.wordAt(cluster)) : 0;
      equal &= counted == recorded;
      if (counted != recorded || (counted != 0 && owners.concerns(cluster, perWord))) {
        for (long i = cluster; i < Math.min(cluster + perWord, stop); i++) {
          compare(i, width.get(recorded, i), width.get(counted, i), owners);
        }
      }
      if ((counted | recorded) != 0) {
        noteHighest(cluster, stop, counted | recorded);
      }
    }
  }

  private void noteHighest(long first, long stop, long used) {
    int perWord = 64 >>> width.order();
    for (long i = Math.min(first + perWord, stop) - 1; i >= first; i--) {
      if (width.get(used, i) != 0) {
        highest = i;
        return;
      }
    }
  }

  private void compare(long cluster, long refcount, long references, Overlaps owners) {
    String shared = owners.of(cluster);
    if (refcount != references) {
      findings.refcount(
          cluster,
          refcount,
          references,
          Long.compareUnsigned(refcount, references) < 0 ? shared : null);
    } else if (shared != null) {
      findings.overlap(cluster, shared);
    }
  }

  /** Reports refcounts of clusters that are not in the file. */
  void checkBeyond(long start) throws IOException {
    int perWord = 64 >>> width.order();
    for (int i = (int) Math.min(start >>> width.clustersBits(), refcounts.entries());
        i < refcounts.entries();
        i++) {
      long position = refcounts.isSound(i) ? refcounts.target(i) : 0;
      if (position == 0 || holes.contains(position, block.length)) {
        continue;
      }
      Interruption.check();
      file.read(position, block, block.length);
      long first = (long) i << width.clustersBits();
      long used = 0;
      for (long cluster = Math.max(start, first) & -perWord;
          cluster < first + (1L << width.clustersBits());
          cluster += perWord) {
        long word = CheckedFile.word(block, (int) width.wordAt(cluster));
        for (long each = Math.max(start, cluster); word != 0 && each < cluster + perWord; each++) {
          used += width.get(word, each) == 0 ? 0 : 1;
        }
      }
      if (used > 0) {
        findings.leak(
            Kind.REFERENCE_COUNT,
            "refcount block " + i,
            position,
            "counts " + used + " clusters beyond the end of the file as in use",
            "none");
      }
    }
  }

  /** Returns the last cluster with a refcount or a reference. */
  long highest() {
    return highest;
  }
}
