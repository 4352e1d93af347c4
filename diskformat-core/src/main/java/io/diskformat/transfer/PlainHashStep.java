package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;

/**
 * Reads one window at a time, in parallel with other workers, and adds it to the one digest when
 * its turn comes. Each worker has its own.
 */
final class PlainHashStep implements Crew.Step {
  private final BlockDevice device;
  private final WindowQueue windows;
  private final MessageDigest digest;
  private final Turns turns;
  private final Progress progress;

  /** On the heap, where the JDK's algorithms are fastest. */
  private final byte[] buffer = new byte[WindowCursor.UNIT];

  PlainHashStep(
      BlockDevice device,
      WindowQueue windows,
      MessageDigest digest,
      Turns turns,
      Progress progress) {
    this.device = device;
    this.windows = windows;
    this.digest = digest;
    this.turns = turns;
    this.progress = progress;
  }

  @Override
  public boolean run() throws IOException {
    boolean done = false;
    try {
      Window window = windows.next();
      boolean more = window != null && hash(window);
      done = true;
      return more;
    } finally {
      if (!done) {
        turns.end();
      }
    }
  }

  private boolean hash(Window window) throws IOException {
    window.read(
        device::read, window.offset(), MemorySegment.ofArray(buffer).asSlice(0, window.length()));
    if (!turns.await(window.offset())) {
      return false;
    }
    digest.update(buffer, 0, (int) window.length());
    turns.pass(window.end());
    progress.add(window.length());
    return true;
  }
}
