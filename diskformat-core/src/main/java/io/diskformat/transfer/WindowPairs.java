package io.diskformat.transfer;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Distributes pairs of windows of two devices that cover the same range, in ascending order.
 * Thread-safe.
 */
final class WindowPairs {

  /**
   * Windows of two devices, of the same offset and length.
   *
   * @param first a window of the first device
   * @param second a window of the second device
   */
  record Pair(Window first, Window second) {}

  private final Feed firstQueue;
  private final @Nullable Feed secondQueue;

  // The rest of a window whose counterpart was shorter.
  private @Nullable Window first;
  private @Nullable Window second;

  /**
   * Creates pairs from two queues, which end at the same offset and have the same unit.
   *
   * @param second null for zeroes alone
   */
  WindowPairs(Feed first, @Nullable Feed second) {
    this.firstQueue = first;
    this.secondQueue = second;
  }

  /** Returns the next pair, or null when there are no more. */
  synchronized @Nullable Pair next() throws IOException {
    Window one = first != null ? first : firstQueue.next();
    if (one != null && secondQueue == null) {
      return new Pair(one, Window.ofZeroes(one.offset(), one.length()));
    }
    Window other = second != null || secondQueue == null ? second : secondQueue.next();
    if (one == null || other == null) {
      return null;
    }
    // The longer one, if any, is one of zeroes: windows with data are all one unit long.
    long length = Math.min(one.length(), other.length());
    first = length < one.length() ? one.zeroesFrom(length) : null;
    second = length < other.length() ? other.zeroesFrom(length) : null;
    return new Pair(
        first == null ? one : one.zeroesUpTo(length),
        second == null ? other : other.zeroesUpTo(length));
  }
}
