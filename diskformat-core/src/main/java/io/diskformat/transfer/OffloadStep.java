package io.diskformat.transfer;

import io.diskformat.device.PlainBytes;
import io.diskformat.device.StorageDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Lets the host copy the data of one window at a time, and copies what the host does not. */
final class OffloadStep implements Crew.Step {
  private static final long ALIGNMENT = 4096;

  private final Feed windows;
  private final PlainBytes source;
  private final StorageDevice target;
  private final boolean fresh;
  private final Progress progress;
  private final MemorySegment buffer;

  /**
   * Creates a step.
   *
   * @param windows of the source
   * @param fresh whether the target reads as zeroes where nothing is written
   */
  OffloadStep(
      Feed windows,
      PlainBytes source,
      StorageDevice target,
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
      target.writeZeroes(start, end - start);
    }
  }

  private void copy(long start, long end) throws IOException {
    for (long at = start; at < end; ) {
      PlainBytes.Range range = source.plainAt(at);
      long copied =
          range == null ? 0 : target.copyFrom(range, at, Math.min(range.length(), end - at));
      if (copied == 0) {
        MemorySegment rest = buffer.asSlice(0, end - at);
        windows.read(at, rest);
        target.write(at, rest);
        copied = end - at;
      }
      at += copied;
    }
  }
}
