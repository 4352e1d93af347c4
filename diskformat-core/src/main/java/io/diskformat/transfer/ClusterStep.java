package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Copies one window at a time in whole clusters: those that the target holds already are left out,
 * others are zeroed, or written uncompressed or compressed. A cluster that is larger than a buffer
 * is still compared as a whole, and written uncompressed in pieces. Each worker has its own.
 */
final class ClusterStep implements Crew.Step {
  /** The alignment of the buffers, in bytes: see {@link CopyStep}. */
  private static final long ALIGNMENT = 4096;

  /** What a target reads as where nothing was written. */
  enum Shown {
    /** Zeroes. */
    ZEROES,
    /** The content of the device below. */
    BELOW,
    /** Anything, so that all must be written. */
    UNKNOWN
  }

  private final Feed source;
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
   * @param below the device below the target, or null if there is none
   * @param compress whether clusters are written compressed
   * @param cluster the size of a cluster, in bytes
   * @param buffer the size of each buffer, in bytes: that of the largest window with data; or less,
   *     if such a window is one cluster
   * @param pairs windows of the source and of the device below, the latter of zeroes if there is
   *     none
   */
  ClusterStep(
      Feed source,
      DiskImage target,
      Shown shown,
      @Nullable BlockDevice below,
      boolean compress,
      long cluster,
      long buffer,
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
    this.bytes = arena.allocate(buffer, ALIGNMENT);
    this.bytesBelow = below == null ? MemorySegment.NULL : arena.allocate(buffer, ALIGNMENT);
  }

  @Override
  public boolean run() throws IOException {
    WindowPairs.Pair pair = pairs.next();
    if (pair == null) {
      return false;
    }
    Window window = pair.first();
    if (window.isAgain()) {
      addTo(window);
    } else if (!window.isZero() || !pair.second().isZero()) {
      if (window.length() <= bytes.byteSize()) {
        fill(pair, window.offset(), window.end());
        copy(window);
      } else {
        copyLarge(pair, window);
      }
    } else if (shown == Shown.UNKNOWN) {
      Zeroes.write(target, window.offset(), window.length());
    }
    progress.add(window.length());
    return true;
  }

  /** Writes the runs that are new in a window that came before. */
  private void addTo(Window window) throws IOException {
    for (int i = 0; i < window.runs(); i++) {
      long start = window.runStart(i);
      MemorySegment run = bytes.asSlice(0, window.runEnd(i) - start);
      source.read(start, run);
      target.write(start, run);
    }
  }

  /** Reads a range of both windows, at most as long as a buffer. */
  private void fill(WindowPairs.Pair pair, long start, long end) throws IOException {
    pair.first().read(source::read, start, bytes.asSlice(0, end - start));
    if (below != null) {
      pair.second().read(below::read, start, bytesBelow.asSlice(0, end - start));
    }
  }

  /** Copies a window that is one cluster, in pieces, after all of them were compared. */
  private void copyLarge(WindowPairs.Pair pair, Window window) throws IOException {
    boolean same = below != null;
    boolean zero = true;
    long piece = bytes.byteSize();
    for (long at = window.offset(); at < window.end() && (same || zero); at += piece) {
      Crew.checkGoesOn();
      long length = Math.min(piece, window.end() - at);
      fill(pair, at, at + length);
      same = same && isAsBelow(0, length);
      zero = zero && Zeroes.only(bytes, 0, length);
    }
    if (same || (zero && shown == Shown.ZEROES)) {
      return;
    }
    if (zero) {
      target.writeZeroes(window.offset(), window.length());
      return;
    }
    for (long at = window.offset(); at < window.end(); at += piece) {
      Crew.checkGoesOn();
      long length = Math.min(piece, window.end() - at);
      fill(pair, at, at + length);
      if (fate(0, length) != Fate.LEAVE) {
        target.write(at, bytes.asSlice(0, length));
      }
    }
  }

  /** What to do with a cluster. */
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
      case WRITE -> write(offset, start, end);
    }
  }

  private Fate fate(long start, long end) {
    if (isAsBelow(start, end)) {
      return Fate.LEAVE;
    }
    if (!Zeroes.only(bytes, start, end)) {
      return Fate.WRITE;
    }
    return shown == Shown.ZEROES ? Fate.LEAVE : Fate.ZERO;
  }

  private boolean isAsBelow(long start, long end) {
    return below != null && MemorySegment.mismatch(bytes, start, end, bytesBelow, start, end) < 0;
  }

  /** Writes a part of a window that begins at an offset. */
  private void write(long offset, long start, long end) throws IOException {
    if (compress) {
      long whole = wholeClusters(offset, end);
      long most = Math.max(cluster, OutputStep.ENCODED_AT_ONCE);
      for (long at = start; at < whole; at += most) {
        Crew.checkGoesOn();
        target.writeCompressed(offset + at, bytes.asSlice(at, Math.min(most, whole - at)));
      }
    } else {
      target.write(offset + start, bytes.asSlice(start, end - start));
    }
  }

  /**
   * Returns the end of a part of a window that is to be compressed. Where the source ends within a
   * cluster, the target may still be larger, as nobody knew that it would: then the rest of that
   * cluster is zeroes.
   */
  private long wholeClusters(long offset, long end) {
    long whole = Math.ceilDiv(end, cluster) * cluster;
    if (whole == end || offset + end == target.size()) {
      return end;
    }
    bytes.asSlice(end, whole - end).fill((byte) 0);
    return whole;
  }
}
