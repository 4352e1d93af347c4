package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Distributes the windows of a device to workers, in ascending order, and announces those that come
 * next to the device. It reads the extents no further ahead than that, so that its memory does not
 * grow with the device. Thread-safe.
 */
final class WindowQueue implements Feed {
  private final BlockDevice device;
  private final WindowCursor cursor;
  private final int ahead;

  /** Windows that were announced to the device and not yet distributed. */
  private final Queue<Window> announced = new ArrayDeque<>();

  /**
   * Creates a queue.
   *
   * @param device the device, to which windows are announced
   * @param cursor a cursor over that device; not used by anybody else from now on
   * @param workers the number of workers
   */
  WindowQueue(BlockDevice device, WindowCursor cursor, int workers) {
    this.device = device;
    this.cursor = cursor;
    this.ahead = workers + 2;
  }

  /** Returns the next window, or null when there are no more. */
  @Override
  public @Nullable Window next() throws IOException {
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

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    device.read(offset, target);
  }

  private void announce(Window window) {
    try {
      for (int i = 0; i < window.runs(); i++) {
        device.willRead(window.runStart(i), window.runEnd(i) - window.runStart(i));
      }
    } catch (IOException e) {
      // This was only a hint; the read will report the failure.
    }
  }
}
