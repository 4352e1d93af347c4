package io.diskformat.qcow2;

import io.diskformat.CheckReport.Kind;
import io.diskformat.CheckReport.Problem;
import io.diskformat.CheckReport.Severity;
import io.diskformat.storage.Storage;
import io.diskformat.table.KnownHole;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Changes refcounts in their blocks to what was counted: first those that are too low. */
final class RefcountCorrection {
  private final CheckedFile file;
  private final Storage storage;
  private final RefcountsInFile refcounts;
  private final RefcountBlock width;
  private final Consumer<Problem> changes;
  private final byte[] block;
  private long raised;
  private long lowered;

  RefcountCorrection(CheckedFile file, RefcountsInFile refcounts, Consumer<Problem> changes) {
    this.file = file;
    this.storage = file.storage();
    this.refcounts = refcounts;
    this.width = refcounts.width();
    this.changes = changes;
    this.block = new byte[file.header().clusterSize()];
  }

  /**
   * Describes, in the order of the clusters, what is going to be corrected, and what is not.
   *
   * @param raises whether refcounts that are too low are going to be raised
   * @param lowers whether those that are too high are going to be lowered
   */
  void describe(ReferenceCounts counts, boolean raises, boolean lowers) throws IOException {
    for (long cluster = counts.start(); cluster < counts.end(); cluster++) {
      long counted = counts.get(cluster);
      long recorded = refcounts.get(cluster);
      if (recorded != counted) {
        boolean low = Long.compareUnsigned(recorded, counted) < 0;
        boolean changes = low ? raises : lowers;
        this.changes.accept(
            Findings.refcount(
                changes ? Severity.REMARK : low ? Severity.CORRUPTION : Severity.LEAK,
                changes ? "Repairing" : low ? "ERROR" : "Leaked",
                cluster,
                cluster << file.header().clusterBits(),
                recorded,
                counted));
      }
    }
  }

  /**
   * Corrects the refcounts of the clusters of a window.
   *
   * @param raise whether those that are too low are corrected, or those that are too high
   */
  void correct(ReferenceCounts counts, boolean raise) throws IOException {
    long perBlock = 1L << width.clustersBits();
    for (long first = counts.start(); first < counts.end(); first += perBlock) {
      long position = refcounts.blockOf(first);
      if (position != 0) {
        file.read(position, block, block.length);
        correctBlock(counts, first, Math.min(first + perBlock, counts.end()), position, raise);
      }
    }
  }

  private void correctBlock(
      ReferenceCounts counts, long first, long stop, long position, boolean raise)
      throws IOException {
    int perWord = 64 >>> width.order();
    ByteBuffer words = ByteBuffer.wrap(block);
    int from = block.length;
    int to = 0;
    for (long cluster = first; cluster < stop; cluster += perWord) {
      int at = (int) width.wordAt(cluster);
      long recorded = words.getLong(at);
      if (recorded != counts.word(cluster)) {
        long correct = recorded;
        for (long i = cluster; i < Math.min(cluster + perWord, stop); i++) {
          correct = corrected(correct, i, counts.get(i), raise);
        }
        if (correct != recorded) {
          words.putLong(at, correct);
          from = Math.min(from, at);
          to = at + Long.BYTES;
        }
      }
    }
    if (from < to) {
      storage.write(position + from, MemorySegment.ofArray(block).asSlice(from, to - from));
    }
  }

  private long corrected(long word, long cluster, long counted, boolean raise) {
    long recorded = width.get(word, cluster);
    int comparison = Long.compareUnsigned(recorded, counted);
    if (raise ? comparison >= 0 : comparison <= 0) {
      return word;
    }
    raised += raise ? 1 : 0;
    lowered += raise ? 0 : 1;
    return width.with(word, cluster, counted);
  }

  /** Clears the refcounts of clusters that are not in the file, from one on. */
  void clearBeyond(long start) throws IOException {
    KnownHole holes = new KnownHole(storage);
    for (int i = (int) Math.min(start >>> width.clustersBits(), refcounts.entries());
        i < refcounts.entries();
        i++) {
      long position = refcounts.isSound(i) ? refcounts.target(i) : 0;
      if (position != 0
          && !file.exceeds(position, block.length)
          && !holes.contains(position, block.length)) {
        file.read(position, block, block.length);
        long first = (long) i << width.clustersBits();
        clear(position, first, Math.max(start, first));
      }
    }
  }

  private void clear(long position, long first, long start) throws IOException {
    ByteBuffer words = ByteBuffer.wrap(block);
    boolean changed = false;
    for (long cluster = start; cluster < first + (1L << width.clustersBits()); cluster++) {
      int at = (int) width.wordAt(cluster);
      long word = words.getLong(at);
      if (width.get(word, cluster) != 0) {
        words.putLong(at, width.with(word, cluster, 0));
        changed = true;
      }
    }
    if (changed) {
      lowered++;
      storage.write(position, MemorySegment.ofArray(block));
      changes.accept(
          Findings.change(
              Kind.REFERENCE_COUNT,
              "refcount block",
              position,
              "counts clusters beyond the end of the file",
              "none",
              null));
    }
  }

  /** Returns how many refcounts were raised. */
  long raised() {
    return raised;
  }

  /** Returns how many refcounts were lowered, those beyond the file counted by their blocks. */
  long lowered() {
    return lowered;
  }
}
