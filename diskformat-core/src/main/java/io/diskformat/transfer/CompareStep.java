package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/** Compares one pair of windows at a time. Each worker has its own. */
final class CompareStep implements Crew.Step {
  /** The size of each worker's buffers together, in bytes. */
  static final long BUFFERS = 2L * WindowCursor.UNIT;

  /** The alignment of the buffers, in bytes: see {@link CopyStep}. */
  static final long ALIGNMENT = 4096;

  private final BlockDevice first;
  private final BlockDevice second;
  private final WindowPairs pairs;
  private final AtomicLong found;
  private final Progress progress;
  private final MemorySegment firstBuffer;
  private final MemorySegment secondBuffer;

  /**
   * Creates a step.
   *
   * @param found the lowest offset that any worker has found to differ; beyond it nothing is
   *     compared
   */
  CompareStep(
      BlockDevice first,
      BlockDevice second,
      WindowPairs pairs,
      AtomicLong found,
      Progress progress,
      Arena arena) {
    this.first = first;
    this.second = second;
    this.pairs = pairs;
    this.found = found;
    this.progress = progress;
    this.firstBuffer = arena.allocate(WindowCursor.UNIT, ALIGNMENT);
    this.secondBuffer = arena.allocate(WindowCursor.UNIT, ALIGNMENT);
  }

  @Override
  public boolean run() throws IOException {
    WindowPairs.Pair pair = pairs.next();
    if (pair == null || pair.first().offset() >= found.get()) {
      return false;
    }
    long end = pair.first().end();
    long difference = firstDifference(pair.first(), pair.second());
    if (difference < end) {
      // Another worker may still compare an earlier window, and find a difference there.
      found.accumulateAndGet(difference, Math::min);
      return false;
    }
    progress.add(pair.first().length());
    return true;
  }

  /**
   * Compares the runs of both windows; returns the offset of the first difference, or their end.
   */
  private long firstDifference(Window one, Window other) throws IOException {
    long at = one.offset();
    int i = 0;
    int j = 0;
    while (i < one.runs() || j < other.runs()) {
      long oneStart = i < one.runs() ? Math.max(at, one.runStart(i)) : Long.MAX_VALUE;
      long otherStart = j < other.runs() ? Math.max(at, other.runStart(j)) : Long.MAX_VALUE;
      long oneNext = oneStart <= otherStart ? one.runEnd(i) : oneStart;
      long otherNext = otherStart <= oneStart ? other.runEnd(j) : otherStart;
      long start = Math.min(oneStart, otherStart);
      long end = Math.min(oneNext, otherNext);
      long difference =
          oneStart == otherStart
              ? differenceOfBoth(one.offset(), start, end)
              : oneStart < otherStart
                  ? differenceFromZeroes(first, firstBuffer, one.offset(), start, end)
                  : differenceFromZeroes(second, secondBuffer, one.offset(), start, end);
      if (difference < end) {
        return difference;
      }
      i += i < one.runs() && one.runEnd(i) == end ? 1 : 0;
      j += j < other.runs() && other.runEnd(j) == end ? 1 : 0;
      at = end;
    }
    return one.end();
  }

  private long differenceOfBoth(long windowStart, long start, long end) throws IOException {
    MemorySegment one = firstBuffer.asSlice(start - windowStart, end - start);
    MemorySegment other = secondBuffer.asSlice(start - windowStart, end - start);
    first.read(start, one);
    second.read(start, other);
    long difference = one.mismatch(other);
    return difference < 0 ? end : start + difference;
  }

  private static long differenceFromZeroes(
      BlockDevice device, MemorySegment buffer, long windowStart, long start, long end)
      throws IOException {
    MemorySegment bytes = buffer.asSlice(start - windowStart, end - start);
    device.read(start, bytes);
    return start + Zeroes.firstOther(bytes, 0, end - start);
  }
}
