package io.diskformat.testing;

import io.diskformat.storage.ForwardingStorage;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A storage that maps nothing, so that every access is a read, and that can hold up one thread
 * before or after any of its reads while something else happens. Closing it leaves the storage
 * beneath open.
 *
 * <p>What happens beside a thread that may hold locks runs in a thread of its own, until it ends or
 * has to wait for such a lock; so the order of what happens is not left to chance.
 */
public final class StallingStorage extends ForwardingStorage {
  /** Nanoseconds between two looks at whether a thread waits, of which the JVM notifies nobody. */
  private static final long POLL_NANOS = 20_000;

  /** The number of turns of a loop that a thread is held up in. */
  private static final int TURNS = 3;

  private final @Nullable Path path;
  private volatile Stall stall;
  private volatile Event afterFlush = () -> {};
  private volatile Event beforeRelease = () -> {};

  /** Something that happens while a thread is held up. */
  @FunctionalInterface
  public interface Event {
    /** Makes it happen. */
    void happen() throws Exception;
  }

  /** The positions of three reads that came one after the other. */
  private record Turn(List<Long> positions) {
    Turn then(long next) {
      return new Turn(List.of(positions.get(1), positions.get(2), next));
    }
  }

  /** One thread that is held up once. */
  private static final class Stall {
    final Thread held = Thread.currentThread();
    final Event event;
    final boolean mayHoldLocks;
    int stepsUntil;
    boolean happened;
    long lastEnd = -1;

    /** The last reads, and how often each three of them were made one after the other. */
    private Turn turn = new Turn(List.of(-1L, -1L, -1L));

    private final Map<Turn, Integer> turns = new HashMap<>();
    @Nullable Thread happening;
    volatile @Nullable Throwable failure;

    Stall(int stepsUntil, boolean mayHoldLocks, Event event) {
      this.stepsUntil = stepsUntil;
      this.mayHoldLocks = mayHoldLocks;
      this.event = event;
    }

    /**
     * Returns whether a read is a step. It is none if it is one more word of a table that is read
     * from end to end, nor if it is one more turn of a loop, as each of many pieces of a cluster is
     * looked up by the same few words. The way into a loop counts, several turns of it, and the way
     * out.
     */
    boolean counts(long position, long length) {
      if (Thread.currentThread() != held || happened) {
        return false;
      }
      boolean continues = length == Long.BYTES && position == lastEnd;
      lastEnd = position + length;
      if (continues) {
        return false;
      }
      turn = turn.then(position);
      return turns.merge(turn, 1, Integer::sum) <= TURNS;
    }

    void step(boolean counts) {
      if (counts && !happened && stepsUntil-- == 0) {
        hold();
      }
    }

    private void hold() {
      happened = true;
      if (!mayHoldLocks) {
        happen();
        return;
      }
      happening = Thread.ofPlatform().start(this::happen);
      awaitStuck(happening);
    }

    private void happen() {
      try {
        event.happen();
      } catch (Throwable e) {
        failure = e;
      }
    }
  }

  /**
   * Creates a storage.
   *
   * @param path the path that it has, or null for none
   */
  public StallingStorage(Storage storage, @Nullable Path path) {
    super(storage);
    this.path = path;
    this.stall = new Stall(-1, false, () -> {});
  }

  /** Waits until a thread has ended, or waits itself. */
  public static void awaitStuck(Thread thread) {
    while (true) {
      switch (thread.getState()) {
        case BLOCKED, WAITING, TIMED_WAITING, TERMINATED -> {
          return;
        }
        default -> LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  /**
   * Holds the calling thread up at one of its next steps.
   *
   * @param steps the number of steps before that; each read is one step before it and one after it
   * @param mayHoldLocks whether the thread may then hold locks for which the event waits
   */
  public void stallAfter(int steps, boolean mayHoldLocks, Event event) {
    stall = new Stall(steps, mayHoldLocks, event);
  }

  /**
   * Waits for the event to end; returns false if the thread took fewer steps, and it did not
   * happen.
   */
  public boolean happened() throws InterruptedException {
    Stall last = stall;
    if (last.happening != null) {
      last.happening.join();
    }
    if (last.failure != null) {
      throw new AssertionError("what happened meanwhile failed", last.failure);
    }
    return last.happened;
  }

  /** Makes an event happen at the end of each flush, before it returns or throws. */
  public void afterFlush(Event event) {
    afterFlush = event;
  }

  /** Makes an event happen when this is being closed. */
  public void beforeRelease(Event event) {
    beforeRelease = event;
  }

  private static void happen(Event event) throws IOException {
    try {
      event.happen();
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws IOException {
    Stall current = stall;
    boolean counts = current.counts(position, target.byteSize());
    current.step(counts);
    super.readUnmapped(position, target);
    current.step(counts);
  }

  @Override
  public Optional<Path> path() {
    return Optional.ofNullable(path);
  }

  @Override
  public boolean isWritable() {
    return true;
  }

  @Override
  public void flush() throws IOException {
    try {
      super.flush();
    } finally {
      happen(afterFlush);
    }
  }

  @Override
  public void flush(Enum<?> after) throws IOException {
    try {
      super.flush(after);
    } finally {
      happen(afterFlush);
    }
  }

  @Override
  public long nextData(long position) throws IOException {
    Stall current = stall;
    boolean counts = current.counts(position, 0);
    current.step(counts);
    long next = super.nextData(position);
    current.step(counts);
    return next;
  }

  @Override
  protected void release() throws IOException {
    happen(beforeRelease);
  }
}
