package io.diskformat.transfer;

import io.diskformat.ImageInput;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The windows of an image whose units come in any order, for a target that is written at any place:
 * only those with data, and one of them several times if its units do not come together. Then it is
 * worked on by one worker at a time.
 */
final class ScatteredWindows extends InputWindows {
  /** Log2 of how many windows a set of {@link #seen} is for. */
  private static final int SET_BITS = 16;

  /** The windows that came, by their number, in sets of some that follow each other. */
  private final Map<Long, BitSet> seen = new HashMap<>();

  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<Long> underWay = new HashSet<>();
  private long at;

  ScatteredWindows(ImageInput input, Source.Walk walk) {
    super(input, walk);
  }

  /** {@inheritDoc} Waits while another worker has an earlier batch of the same window. */
  @Override
  void take(Batch batch) throws IOException {
    lock.lock();
    try {
      while (!underWay.add(batch.window().offset())) {
        Crew.nap(() -> changed.await(Crew.NAP, TimeUnit.MILLISECONDS));
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  void release(Batch batch) {
    lock.lock();
    try {
      boolean _ = underWay.remove(batch.window().offset());
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  @Nullable Batch read() throws IOException {
    long next = nextUnit();
    if (!isCut() && next < 0) {
      return null;
    }
    long unit = walk.unit();
    long start = isCut() ? at : next / unit * unit;
    at = Math.min(start + unit, size());
    return data(start, at, comesAgain(start / unit));
  }

  /** Returns whether a window came before, and takes note that it has come. */
  private boolean comesAgain(long number) {
    BitSet set = seen.computeIfAbsent(number >>> SET_BITS, key -> new BitSet());
    int within = (int) number & ((1 << SET_BITS) - 1);
    boolean again = set.get(within);
    set.set(within);
    return again;
  }
}
