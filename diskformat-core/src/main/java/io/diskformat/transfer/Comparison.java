package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import java.io.IOException;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells whether two disks hold the same. What reads as zeroes on both is not read.
 *
 * <p>Disks of different sizes are the same if the rest of the larger one reads as zeroes. A strict
 * comparison wants the sizes and, everywhere, the {@linkplain io.diskformat.Extent way of being
 * stored} to be the same as well: data or zeroes or not at all, compressed or not, with a place in
 * the host file or without.
 *
 * <p>Immutable: each method returns another object.
 */
public final class Comparison {

  /** What a comparison found. */
  public enum Verdict {
    /** The disks are the same. */
    IDENTICAL,
    /** There is a byte that differs. */
    CONTENT_DIFFERS,
    /** The sizes differ; only of a strict comparison, which then looks no further. */
    SIZE_DIFFERS,
    /** There is a byte that is stored in another way; only of a strict comparison. */
    ALLOCATION_DIFFERS
  }

  /**
   * What a comparison found.
   *
   * @param verdict whether the disks are the same
   * @param offset where the first byte is that differs in content or, in a strict comparison, in
   *     how it is stored; empty if the verdict is about no byte
   * @param sizesDiffer whether one disk is larger, whatever the verdict
   */
  public record Result(Verdict verdict, OptionalLong offset, boolean sizesDiffer) {

    /** Returns whether the disks are the same. */
    public boolean isIdentical() {
      return verdict == Verdict.IDENTICAL;
    }
  }

  private final BlockDevice first;
  private final BlockDevice second;
  private final boolean strict;
  private final int workers;
  private final ProgressListener listener;

  private Comparison(
      BlockDevice first,
      BlockDevice second,
      boolean strict,
      int workers,
      ProgressListener listener) {
    this.first = first;
    this.second = second;
    this.strict = strict;
    this.workers = workers;
    this.listener = listener;
  }

  /** Returns a comparison of two disks, which stay open. */
  public static Comparison of(BlockDevice first, BlockDevice second) {
    return new Comparison(
        Objects.requireNonNull(first),
        Objects.requireNonNull(second),
        false,
        Crew.defaultSize(),
        ProgressListener.NONE);
  }

  /** Returns this comparison strict, or not. */
  public Comparison strict(boolean isStrict) {
    return new Comparison(first, second, isStrict, workers, listener);
  }

  /**
   * Returns this comparison done by so many threads at once; by default as many as there are
   * processors, but not more than 8. Each has two buffers of 2 MiB.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public Comparison workers(int count) {
    return new Comparison(first, second, strict, Crew.checkSize(count), listener);
  }

  /**
   * Returns this comparison telling how much of the larger disk, skipped or compared, is done. A
   * comparison that found a difference ends with all done.
   */
  public Comparison progress(ProgressListener progressListener) {
    return new Comparison(first, second, strict, workers, Objects.requireNonNull(progressListener));
  }

  /**
   * Runs the comparison. It can be run again.
   *
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again, and both disks stay open
   * @throws io.diskformat.DiskFormatException if the tables of one make no sense
   * @throws IOException if one cannot be read
   */
  public Result run() throws IOException {
    boolean sizesDiffer = first.size() != second.size();
    long size = Math.max(first.size(), second.size());
    Progress progress = new Progress(listener, size);
    Result result;
    if (strict && sizesDiffer) {
      result = new Result(Verdict.SIZE_DIFFERS, OptionalLong.empty(), true);
    } else {
      // What comes after a difference in allocation is of no interest.
      long end = strict ? firstDifferenceInAllocation(size) : size;
      long found = firstDifferenceInContent(end, progress);
      Verdict verdict =
          found < end
              ? Verdict.CONTENT_DIFFERS
              : end < size ? Verdict.ALLOCATION_DIFFERS : Verdict.IDENTICAL;
      OptionalLong offset = found < size ? OptionalLong.of(found) : OptionalLong.empty();
      result = new Result(verdict, offset, sizesDiffer);
    }
    progress.finish();
    return result;
  }

  /** Returns where that is, or {@code size} if nowhere. */
  private long firstDifferenceInAllocation(long size) throws IOException {
    AllocationStep step = new AllocationStep(first, second, size);
    Crew.run(1, "compare", arena -> step);
    return step.sameUpTo();
  }

  /** Returns where that is, or {@code end} if nowhere before. */
  private long firstDifferenceInContent(long end, Progress progress) throws IOException {
    AtomicLong found = new AtomicLong(end);
    WindowPairs pairs = new WindowPairs(windows(first, end), windows(second, end));
    Crew.run(
        workers, "compare", arena -> new CompareStep(first, second, pairs, found, progress, arena));
    return found.get();
  }

  private WindowQueue windows(BlockDevice device, long end) throws IOException {
    WindowCursor cursor = new WindowCursor(device, end, WindowCursor.UNIT, WindowCursor.ZEROES);
    return new WindowQueue(device, cursor, workers);
  }
}
