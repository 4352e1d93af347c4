package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds all differing sectors of one pair of windows at a time. Each worker has its own. */
final class DifferencesStep implements Crew.Step {
  /** The length of a sector, in bytes. */
  private static final int SECTOR = 512;

  private final BlockDevice first;
  private final BlockDevice second;
  private final WindowPairs pairs;
  private final InOrder<List<Difference>> order;
  private final Progress progress;
  private final MemorySegment firstBuffer;
  private final MemorySegment secondBuffer;

  DifferencesStep(
      BlockDevice first,
      BlockDevice second,
      WindowPairs pairs,
      InOrder<List<Difference>> order,
      Progress progress,
      Arena arena) {
    this.first = first;
    this.second = second;
    this.pairs = pairs;
    this.order = order;
    this.progress = progress;
    this.firstBuffer = arena.allocate(WindowCursor.UNIT, CompareStep.ALIGNMENT);
    this.secondBuffer = arena.allocate(WindowCursor.UNIT, CompareStep.ALIGNMENT);
  }

  @Override
  public boolean run() throws IOException {
    boolean more = false;
    order.takePlace();
    try {
      WindowPairs.Pair pair = pairs.next();
      if (pair != null) {
        more = order.add(pair.first(), differences(pair));
        progress.add(pair.first().length());
      }
    } finally {
      if (!more) {
        order.end();
      }
    }
    return more;
  }

  private List<Difference> differences(WindowPairs.Pair pair) throws IOException {
    if (pair.first().isZero() && pair.second().isZero()) {
      return List.of();
    }
    long offset = pair.first().offset();
    long length = pair.first().length();
    MemorySegment one = firstBuffer.asSlice(0, length);
    MemorySegment other = secondBuffer.asSlice(0, length);
    pair.first().read(first::read, offset, one);
    pair.second().read(second::read, offset, other);
    List<Difference> found = new ArrayList<>();
    for (long at = 0; at < length; ) {
      long mismatch = MemorySegment.mismatch(one, at, length, other, at, length);
      if (mismatch < 0) {
        break;
      }
      long start = (at + mismatch) / SECTOR * SECTOR;
      long end = Math.min(start + SECTOR, length);
      while (end < length && !isSame(one, other, end, Math.min(end + SECTOR, length))) {
        end = Math.min(end + SECTOR, length);
      }
      found.add(
          new Difference(offset + start, end - start, Difference.Kind.CONTENT, Optional.empty()));
      at = end;
    }
    return found;
  }

  private static boolean isSame(MemorySegment one, MemorySegment other, long start, long end) {
    return MemorySegment.mismatch(one, start, end, other, start, end) < 0;
  }
}
