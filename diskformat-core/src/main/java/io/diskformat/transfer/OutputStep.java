package io.diskformat.transfer;

import io.diskformat.ImageOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Encodes one window at a time, in parallel with other workers, and writes it to an image that is
 * written in one pass, or announces it there, when its turn comes. Each worker has its own.
 */
final class OutputStep implements Crew.Step {
  /** The alignment of the buffer, in bytes: see {@link CopyStep}. */
  private static final long ALIGNMENT = 4096;

  /** The most that is encoded before looking whether the job goes on, or a unit, in bytes. */
  static final long ENCODED_AT_ONCE = 128 << 10;

  private final Feed source;
  private final UnitSink target;
  private final ImageOutput.Encoder encoder;
  private final boolean all;
  private final Turns turns;
  private final Progress progress;
  private final MemorySegment buffer;
  private final int unitSize;

  /**
   * Creates a step.
   *
   * @param unitSize of the target, in bytes
   * @param all whether units of zeroes are written, too
   * @param unit the length of a window with data in it, in bytes: a multiple of the target's unit
   */
  OutputStep(
      Feed source,
      UnitSink target,
      int unitSize,
      boolean all,
      long unit,
      Turns turns,
      Progress progress,
      Arena arena) {
    this.source = source;
    this.target = target;
    this.encoder = target.encoder();
    this.all = all;
    this.turns = turns;
    this.progress = progress;
    this.buffer = arena.allocate(unit, ALIGNMENT);
    this.unitSize = unitSize;
  }

  @Override
  public boolean run() throws IOException {
    boolean done = false;
    try {
      Window window = source.next();
      boolean more = window != null && copy(window);
      done = true;
      return more;
    } finally {
      if (!done) {
        turns.end();
      }
    }
  }

  private boolean copy(Window window) throws IOException {
    List<byte[]> units = all || !window.isZero() ? encoded(window) : List.of();
    if (!turns.await(window.offset())) {
      return false;
    }
    long offset = window.offset();
    for (byte[] unit : units) {
      if (unit.length > 0) {
        target.take(offset, unit);
      }
      offset += unitSize;
    }
    turns.pass(window.end());
    progress.add(window.length());
    return true;
  }

  /** Returns the units of a window, encoded; those that are left out are empty. */
  private List<byte[]> encoded(Window window) throws IOException {
    long length = window.length();
    window.read(source::read, window.offset(), buffer.asSlice(0, length));
    buffer.asSlice(length).fill((byte) 0);
    List<byte[]> units = new ArrayList<>();
    for (long start = 0; start < length; start += unitSize) {
      if ((start & ENCODED_AT_ONCE - 1) == 0) {
        Crew.checkGoesOn();
      }
      boolean written = all || !Zeroes.only(buffer, start, start + unitSize);
      units.add(written ? encoder.encode(buffer.asSlice(start, unitSize)) : new byte[0]);
    }
    return units;
  }
}
