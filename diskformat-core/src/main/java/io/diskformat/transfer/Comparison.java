package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.LimitExceededException;
import io.diskformat.Limits;
import io.diskformat.ProgressListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Compares the content of two disks. Ranges that are known to read as zeroes on both are not read.
 *
 * <p>Disks of different sizes are the same if the rest of the larger one reads as zeroes. A strict
 * comparison also requires the same size and, everywhere, the same {@linkplain io.diskformat.Extent
 * allocation}: data, zeroes or hole, compressed or not, with a position in the host file or
 * without.
 *
 * <p>Immutable: each method that changes a setting returns a new object.
 */
public final class Comparison {

  /** The outcome of a comparison. */
  public enum Verdict {
    /** The disks are the same. */
    IDENTICAL,
    /** A byte differs. */
    CONTENT_DIFFERS,
    /** The sizes differ; only of a strict comparison, which then does not go on. */
    SIZE_DIFFERS,
    /** A byte is stored in another way; only of a strict comparison. */
    ALLOCATION_DIFFERS
  }

  /**
   * The result of a comparison.
   *
   * @param verdict whether the disks are the same
   * @param offset the offset of the first byte that differs in content or, in a strict comparison,
   *     in how it is stored; empty if the verdict is about no byte
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
  private final Limits limits;
  private final ProgressListener listener;

  private Comparison(
      BlockDevice first,
      BlockDevice second,
      boolean strict,
      int workers,
      Limits limits,
      ProgressListener listener) {
    this.first = first;
    this.second = second;
    this.strict = strict;
    this.workers = workers;
    this.limits = limits;
    this.listener = listener;
  }

  /** Returns a comparison of two disks, which stay open. */
  public static Comparison of(BlockDevice first, BlockDevice second) {
    return new Comparison(
        Objects.requireNonNull(first),
        Objects.requireNonNull(second),
        false,
        Crew.defaultSize(),
        Limits.none(),
        ProgressListener.NONE);
  }

  /** Returns this comparison, strict or not. By default it is not. */
  public Comparison strict(boolean isStrict) {
    return new Comparison(first, second, isStrict, workers, limits, listener);
  }

  /**
   * Returns this comparison with {@code count} worker threads; by default the number of processors,
   * at most 8. Each has two buffers of 2 MiB. Fewer threads run if the buffers would take more than
   * a quarter of the JVM's maximum memory, or more than 64 MiB.
   *
   * @throws IllegalArgumentException if {@code count} is less than 1
   */
  public Comparison workers(int count) {
    return new Comparison(first, second, strict, Crew.checkSize(count), limits, listener);
  }

  /**
   * Returns this comparison with a listener for its progress, in bytes of the larger disk, skipped
   * or compared. A comparison that finds a difference ends with all bytes reported as done.
   */
  public Comparison progress(ProgressListener progressListener) {
    return new Comparison(
        first, second, strict, workers, limits, Objects.requireNonNull(progressListener));
  }

  /**
   * Returns this comparison with limits: for the size of one disk, which is refused before it
   * begins, and for the time: once the deadline has passed, workers end with what each has in its
   * buffer, and a {@link io.diskformat.LimitExceededException} is thrown.
   */
  public Comparison limits(Limits newLimits) {
    return new Comparison(
        first, second, strict, workers, Objects.requireNonNull(newLimits), listener);
  }

  /**
   * Runs the comparison and returns its result. It can be run again.
   *
   * @throws io.diskformat.LimitExceededException if one disk is larger than {@link #limits} allow,
   *     or the deadline passes
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again, and both disks stay open
   * @throws io.diskformat.DiskFormatException if the tables of one disk are corrupt
   * @throws IOException if one disk cannot be read
   */
  public Result run() throws IOException {
    checkSizes();
    boolean sizesDiffer = first.size() != second.size();
    long size = Math.max(first.size(), second.size());
    Progress progress = new Progress(listener, size);
    Result result;
    if (strict && sizesDiffer) {
      result = new Result(Verdict.SIZE_DIFFERS, OptionalLong.empty(), true);
    } else {
      // Content after a difference in allocation need not be compared.
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

  /**
   * Goes through both disks to their ends, and hands over all ranges that differ in content: whole
   * sectors of 512 bytes, of which the last of a disk may be shorter, and adjacent ones as one. Of
   * disks of different sizes, the smaller one reads as zeroes beyond its end. Whether the
   * comparison is strict makes no difference here.
   *
   * @param differences gets the ranges as they are found, which takes little memory; ends this by
   *     returning false
   * @throws io.diskformat.LimitExceededException if one disk is larger than {@link #limits} allow,
   *     or the deadline passes
   * @throws java.io.InterruptedIOException if the calling thread is interrupted; its flag is set
   *     again, and both disks stay open
   * @throws io.diskformat.DiskFormatException if the tables of one disk are corrupt
   * @throws IOException if one disk cannot be read
   */
  public void differences(Difference.Listener differences) throws IOException {
    checkSizes();
    long size = Math.max(first.size(), second.size());
    Progress progress = new Progress(listener, size);
    DifferenceMerger merger = new DifferenceMerger(differences);
    InOrder<List<Difference>> order = new InOrder<>(workers, merger);
    WindowPairs pairs = new WindowPairs(windows(first, size), windows(second, size));
    Crew.run(
        workers,
        CompareStep.BUFFERS,
        "compare",
        deadline(),
        arena -> new DifferencesStep(first, second, pairs, order, progress, arena));
    merger.finish();
    progress.finish();
  }

  /**
   * Returns the first ranges that differ in content, as {@link #differences(Difference.Listener)}
   * finds them.
   *
   * @param most the largest number of ranges
   * @throws IOException as that method does
   */
  public List<Difference> differences(int most) throws IOException {
    List<Difference> found = new ArrayList<>();
    differences(difference -> {
      if (found.size() < most) {
        found.add(difference);
      }
      return found.size() < most;
    });
    return found;
  }

  private void checkSizes() throws LimitExceededException {
    limits.checkDisk(first.toString(), first.size());
    limits.checkDisk(second.toString(), second.size());
  }

  private Deadline deadline() {
    return new Deadline(first, limits);
  }

  /** Returns the offset of the difference, or {@code size} if there is none. */
  private long firstDifferenceInAllocation(long size) throws IOException {
    AllocationStep step = new AllocationStep(first, second, size);
    Crew.run(1, 0, "compare", deadline(), arena -> step);
    return step.sameUpTo();
  }

  /** Returns the offset of the difference, or {@code end} if there is none before it. */
  private long firstDifferenceInContent(long end, Progress progress) throws IOException {
    AtomicLong found = new AtomicLong(end);
    WindowPairs pairs = new WindowPairs(windows(first, end), windows(second, end));
    Crew.run(
        workers,
        CompareStep.BUFFERS,
        "compare",
        deadline(),
        arena -> new CompareStep(first, second, pairs, found, progress, arena));
    return found.get();
  }

  private WindowQueue windows(BlockDevice device, long end) throws IOException {
    WindowCursor cursor = new WindowCursor(device, end, WindowCursor.UNIT, WindowCursor.ZEROES);
    return new WindowQueue(device, cursor, workers);
  }
}
