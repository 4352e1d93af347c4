package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Copies one window at a time in whole clusters: those that the target shows already are left out,
 * others are told to be zeroes, or are written plain or compressed. Each worker has its own.
 */
final class ClusterStep implements Crew.Step {
  private static final long ALIGNMENT = 4096;

  /** What a target shows where nothing was written to it. */
  enum Shown {
    /** Zeroes. */
    ZEROES,
    /** What the device below shows. */
    BELOW,
    /** Anything, so that all must be written. */
    UNKNOWN
  }

  private final BlockDevice source;
  private final DiskImage target;
  private final Shown shown;
  private final @Nullable BlockDevice below;
  private final boolean compress;
  private final long cluster;
  private final WindowPairs pairs;
  private final Progress progress;
  private final MemorySegment bytes;
  private final MemorySegment bytesBelow;

  /**
   * Creates a step.
   *
   * @param below what shows through the target, or null if nothing does
   * @param compress whether clusters are written compressed
   * @param cluster how long a cluster is, in bytes
   * @param unit how long a window is at most unless it is of zeroes, in bytes; whole clusters
   * @param pairs windows of the source and of the device below, the latter of zeroes if there is
   *     none
   */
  ClusterStep(
      BlockDevice source,
      DiskImage target,
      Shown shown,
      @Nullable BlockDevice below,
      boolean compress,
      long cluster,
      long unit,
      WindowPairs pairs,
      Progress progress,
      Arena arena) {
    this.source = source;
    this.target = target;
    this.shown = shown;
    this.below = below;
    this.compress = compress;
    this.cluster = cluster;
    this.pairs = pairs;
    this.progress = progress;
    this.bytes = arena.allocate(unit, ALIGNMENT);
    this.bytesBelow = below == null ? MemorySegment.NULL : arena.allocate(unit, ALIGNMENT);
  }

  @Override
  public boolean run() throws IOException {
    WindowPairs.Pair pair = pairs.next();
    if (pair == null) {
      return false;
    }
    Window window = pair.first();
    if (!window.isZero() || !pair.second().isZero()) {
      fill(source, window, bytes);
      if (below != null) {
        fill(below, pair.second(), bytesBelow);
      }
      copy(window);
    } else if (shown == Shown.UNKNOWN) {
      target.writeZeroes(window.offset(), window.length());
    }
    progress.add(window.length());
    return true;
  }

  private static void fill(BlockDevice device, Window window, MemorySegment buffer)
      throws IOException {
    if (!window.isFull()) {
      buffer.asSlice(0, window.length()).fill((byte) 0);
    }
    for (int i = 0; i < window.runs(); i++) {
      long start = window.runStart(i);
      device.read(start, buffer.asSlice(start - window.offset(), window.runEnd(i) - start));
    }
  }

  /** What is done with a cluster. */
  private enum Fate {
    LEAVE,
    ZERO,
    WRITE
  }

  private void copy(Window window) throws IOException {
    long length = window.length();
    long runStart = 0;
    Fate runFate = Fate.LEAVE;
    for (long start = 0; start < length; start += cluster) {
      Fate fate = fate(start, Math.min(start + cluster, length));
      if (fate != runFate) {
        finish(window.offset(), runStart, start, runFate);
        runStart = start;
        runFate = fate;
      }
    }
    finish(window.offset(), runStart, length, runFate);
  }

  private void finish(long offset, long start, long end, Fate fate) throws IOException {
    if (start == end) {
      return;
    }
    switch (fate) {
      case LEAVE -> {}
      case ZERO -> target.writeZeroes(offset + start, end - start);
      case WRITE -> write(offset + start, bytes.asSlice(start, end - start));
    }
  }

  private Fate fate(long start, long end) {
    if (below != null && MemorySegment.mismatch(bytes, start, end, bytesBelow, start, end) < 0) {
      return Fate.LEAVE;
    }
    if (!Zeroes.only(bytes, start, end)) {
      return Fate.WRITE;
    }
    return shown == Shown.ZEROES ? Fate.LEAVE : Fate.ZERO;
  }

  private void write(long offset, MemorySegment clusters) throws IOException {
    if (compress) {
      target.writeCompressed(offset, clusters);
    } else {
      target.write(offset, clusters);
    }
  }
}
