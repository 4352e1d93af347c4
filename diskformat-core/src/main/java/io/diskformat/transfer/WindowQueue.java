package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Hands the windows of a device out to workers, in ascending order, and lets the device fetch ahead
 * what comes next. Walks over the extents no further than that, so it is small however large the
 * device. Thread-safe.
 */
final class WindowQueue {
  private final BlockDevice device;
  private final WindowCursor cursor;
  private final int ahead;

  /** Announced to the device and not yet handed out. */
  private final Queue<Window> announced = new ArrayDeque<>();

  /**
   * Creates a queue.
   *
   * @param device asked to fetch ahead
   * @param cursor over that device; used by nobody else from here on
   * @param workers how many there are to hand windows out to
   */
  WindowQueue(BlockDevice device, WindowCursor cursor, int workers) {
    this.device = device;
    this.cursor = cursor;
    this.ahead = workers + 2;
  }

  /** Returns the next window, or null when there are no more. */
  @Nullable Window next() throws IOException {
    List<Window> pulled = new ArrayList<>(1);
    Window next;
    synchronized (this) {
      while (announced.size() <= ahead) {
        Window window = cursor.next();
        if (window == null) {
          break;
        }
        announced.add(window);
        pulled.add(window);
      }
      next = announced.poll();
    }
    for (Window window : pulled) {
      announce(window);
    }
    return next;
  }

  private void announce(Window window) {
    try {
      for (int i = 0; i < window.runs(); i++) {
        device.willRead(window.runStart(i), window.runEnd(i) - window.runStart(i));
      }
    } catch (IOException e) {
      // It was only a hint; what is wrong, the read will tell.
    }
  }
}
