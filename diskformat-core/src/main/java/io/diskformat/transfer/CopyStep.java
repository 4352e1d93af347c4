package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Copies one window at a time from one device to another. Each worker has its own. */
final class CopyStep implements Crew.Step {
  /**
   * The alignment of the buffer, in bytes: a page, because the kernel copies far faster to and from
   * whole pages.
   */
  private static final long ALIGNMENT = 4096;

  private final Feed source;
  private final BlockDevice target;
  private final boolean fresh;
  private final int sparse;
  private final boolean scattered;
  private final Progress progress;
  private final MemorySegment buffer;

  /**
   * The offset from which on, up to the end of the processed part of the window, the source has
   * zeroes that are not yet written to the target.
   */
  private long zeroesFrom;

  /**
   * Creates a step.
   *
   * @param fresh whether the target reads as zeroes where nothing is written
   * @param sparse the length of the search for zeroes, in bytes; 0 to write all
   * @param scattered whether a window may come several times, each time with a part of its data
   * @param unit the length of a window with data in it, in bytes
   */
  CopyStep(
      Feed source,
      BlockDevice target,
      boolean fresh,
      int sparse,
      boolean scattered,
      int unit,
      Progress progress,
      Arena arena) {
    this.source = source;
    this.target = target;
    this.fresh = fresh;
    this.sparse = sparse;
    this.scattered = scattered;
    this.progress = progress;
    this.buffer = arena.allocate(unit, ALIGNMENT);
  }

  @Override
  public boolean run() throws IOException {
    Window window = source.next();
    if (window == null) {
      return false;
    }
    if (sparse == 0 && scattered) {
      copyRuns(window);
    } else if (sparse == 0) {
      copyAll(window);
    } else {
      copySparsely(window);
    }
    progress.add(window.length());
    return true;
  }

  private void copyAll(Window window) throws IOException {
    MemorySegment bytes = buffer.asSlice(0, window.length());
    window.read(source::read, window.offset(), bytes);
    target.write(window.offset(), bytes);
  }

  /** Copies the runs of the window, the rest of which was written before. */
  private void copyRuns(Window window) throws IOException {
    for (int i = 0; i < window.runs(); i++) {
      read(window, i);
      long start = window.runStart(i);
      target.write(start, buffer.asSlice(start - window.offset(), window.runEnd(i) - start));
    }
  }

  private void copySparsely(Window window) throws IOException {
    zeroesFrom = window.offset();
    for (int i = 0; i < window.runs(); i++) {
      read(window, i);
      copyRun(window.offset(), window.runStart(i), window.runEnd(i));
    }
    endZeroes(window.end());
  }

  /** Reads a run to its own offset within the window, so that its alignment stays. */
  private void read(Window window, int run) throws IOException {
    long start = window.runStart(run);
    long length = window.runEnd(run) - start;
    source.read(start, buffer.asSlice(start - window.offset(), length));
  }

  private void copyRun(long windowStart, long start, long end) throws IOException {
    long dataFrom = start;
    for (long at = start; at < end; ) {
      long next = Math.min((at / sparse + 1) * sparse, end);
      if (Zeroes.only(buffer, at - windowStart, next - windowStart)) {
        write(windowStart, dataFrom, at);
        dataFrom = next;
      }
      at = next;
    }
    write(windowStart, dataFrom, end);
  }

  private void write(long windowStart, long start, long end) throws IOException {
    if (start < end) {
      endZeroes(start);
      target.write(start, buffer.asSlice(start - windowStart, end - start));
      zeroesFrom = end;
    }
  }

  private void endZeroes(long end) throws IOException {
    if (!fresh && zeroesFrom < end) {
      Zeroes.write(target, zeroesFrom, end - zeroesFrom);
    }
  }
}
