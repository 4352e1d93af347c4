package io.diskformat.transfer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Joins differences that come in ascending order, one window's after the other's, where they are
 * adjacent and alike. Not thread-safe.
 */
final class DifferenceMerger implements InOrder.Sink<List<Difference>> {
  private final Difference.Listener listener;
  private @Nullable Difference last;
  private boolean wanted = true;

  DifferenceMerger(Difference.Listener listener) {
    this.listener = listener;
  }

  @Override
  public boolean take(Window window, List<Difference> found) {
    found.forEach(this::add);
    return wanted;
  }

  /** Adds one that is not before those that were added earlier. */
  void add(Difference next) {
    Difference before = last;
    if (before != null && before.end() == next.offset() && before.kind() == next.kind()) {
      last =
          new Difference(
              before.offset(),
              before.length() + next.length(),
              before.kind(),
              before.problem());
    } else {
      handOver();
      last = next;
    }
  }

  private void handOver() {
    Difference before = last;
    if (before != null && wanted) {
      wanted = listener.differs(before);
    }
    last = null;
  }

  /** Hands over the last difference. */
  void finish() {
    handOver();
  }
}
