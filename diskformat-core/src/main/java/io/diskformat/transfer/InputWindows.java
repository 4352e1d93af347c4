package io.diskformat.transfer;

import io.diskformat.ImageInput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Reads the windows of an image that is read in one pass. Thread-safe. */
abstract class InputWindows {
  /** A unit, encoded. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares units
  record Unit(long offset, byte[] encoded) {}

  /** A window, with the units that are stored in it. */
  record Batch(Window window, List<Unit> units) {}

  final ImageInput input;
  final Source.Walk walk;

  /** Held by who reads on. */
  private final Lock reading = new ReentrantLock();

  /** The offset of the next unit, or -1 if there is none, or less if it is unknown. */
  private long next = -2;

  /** A unit that goes on beyond the window in which it begins. */
  private @Nullable Unit cut;

  private boolean broken;

  InputWindows(ImageInput input, Source.Walk walk) {
    this.input = input;
    this.walk = walk;
  }

  /** Returns the next batch, or null if there is none, or a worker has failed to read one. */
  @Nullable Batch next() throws IOException {
    Crew.lock(reading);
    try {
      if (broken) {
        return null;
      }
      broken = true;
      Batch batch = Crew.awaiting(() -> Optional.ofNullable(read())).orElse(null);
      if (batch != null) {
        walk.growth().to(batch.window().end());
        take(batch);
      }
      broken = false;
      return batch;
    } finally {
      reading.unlock();
    }
  }

  /** Takes note that the work on a batch begins, before the next one is read. */
  void take(Batch batch) throws IOException {}

  /** Takes note that the work on a batch has ended. */
  void release(Batch batch) {}

  /** Reads the next batch, or returns null if there is none. */
  abstract @Nullable Batch read() throws IOException;

  /** Returns the offset of the next unit, or -1 if there is none. */
  final long nextUnit() throws IOException {
    if (next < -1) {
      next = input.next();
    }
    return next;
  }

  /** Returns whether the last window ended within a unit. */
  final boolean isCut() {
    return cut != null;
  }

  /** Returns how large the disk is, as far as that is known, in bytes. */
  final long size() {
    long size = input.size();
    return size < 0 ? Long.MAX_VALUE : size;
  }

  /**
   * Reads the units that come next as far as they are in a window and ascend.
   *
   * @param again whether units in that window came before
   */
  final Batch data(long start, long end, boolean again) throws IOException {
    Window.Builder window = new Window.Builder(start);
    List<Unit> units = new ArrayList<>();
    Unit last = cut;
    if (last != null) {
      add(last, start, end, units, window);
    }
    long from = last == null ? start : last.offset() + input.unitSize();
    while (nextUnit() >= from && next < end) {
      Crew.checkGoesOn();
      last = new Unit(next, input.read());
      from = next + input.unitSize();
      next = input.next();
      add(last, start, end, units, window);
    }
    cut = last != null && from > end && end < size() ? last : null;
    return new Batch(window.endingAt(Math.min(end, size()), again), units);
  }

  private void add(Unit last, long start, long end, List<Unit> units, Window.Builder window) {
    units.add(last);
    long stop = Math.min(Math.min(last.offset() + input.unitSize(), end), size());
    window.add(Math.max(start, last.offset()), stop);
  }
}
