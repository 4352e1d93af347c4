package io.diskformat.transfer;

import io.diskformat.device.PlainBytes;
import io.diskformat.device.PlainTarget;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Lets the host copy the data of one window at a time, and copies what the host does not. */
final class OffloadStep implements Crew.Step {
  private static final long ALIGNMENT = 4096;

  /**
   * The length of what is copied here between pieces that the host copies, in bytes: as long as
   * most clusters, so that it can go on with the next one.
   */
  private static final long PIECE = 64 << 10;

  private final Feed windows;
  private final PlainBytes source;
  private final PlainTarget target;
  private final boolean fresh;
  private final Progress progress;
  private final MemorySegment buffer;

  /** Whether the host has copied anything so far. */
  private boolean hostCopies;

  /**
   * Creates a step.
   *
   * @param windows of the source
   * @param fresh whether the target reads as zeroes where nothing is written
   */
  OffloadStep(
      Feed windows,
      PlainBytes source,
      PlainTarget target,
      boolean fresh,
      Progress progress,
      Arena arena) {
    this.windows = windows;
    this.source = source;
    this.target = target;
    this.fresh = fresh;
    this.progress = progress;
    this.buffer = arena.allocate(WindowCursor.UNIT, ALIGNMENT);
  }

  @Override
  public boolean run() throws IOException {
    Window window = windows.next();
    if (window == null) {
      return false;
    }
    long at = window.offset();
    for (int i = 0; i < window.runs(); i++) {
      zero(at, window.runStart(i));
      copy(window.runStart(i), window.runEnd(i));
      at = window.runEnd(i);
    }
    zero(at, window.end());
    progress.add(window.length());
    return true;
  }

  private void zero(long start, long end) throws IOException {
    if (!fresh && start < end) {
      Zeroes.write(target, start, end - start);
    }
  }

  private void copy(long start, long end) throws IOException {
    for (long at = start; at < end; ) {
      PlainBytes.Range range = source.plainAt(at);
      long copied =
          range == null ? 0 : target.copyFrom(range, at, Math.min(range.length(), end - at));
      if (copied == 0) {
        copied = (hostCopies ? Math.min(end, (at / PIECE + 1) * PIECE) : end) - at;
        MemorySegment bytes = buffer.asSlice(0, copied);
        windows.read(at, bytes);
        target.write(at, bytes);
      } else {
        hostCopies = true;
      }
      at += copied;
    }
  }
}
