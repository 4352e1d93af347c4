package io.diskformat.storage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A pool of native buffers of one size, aligned to pages, within a {@link MemoryBudget}: a thread
 * that takes one while all are in use waits. A buffer that was given back is handed out again with
 * its old content.
 *
 * <p>Thread-safe. Once there are buffers, it takes no lock and allocates no object, unless it must
 * wait.
 */
public final class BufferPool {
  /** The alignment of the buffers, in bytes: a page of memory. */
  private static final long ALIGNMENT = 4096;

  private final long size;
  private final MemoryBudget budget;
  private final AtomicReferenceArray<@Nullable MemorySegment> idle;

  /** The number of buffers that were allocated, in use or not. */
  private final AtomicInteger made = new AtomicInteger();

  /**
   * Creates a pool without buffers.
   *
   * @param size the size of each buffer, in bytes
   * @param most the memory of all buffers together at most, in bytes; there may always be one
   *     buffer
   */
  public BufferPool(long size, long most) {
    this.size = size;
    this.budget = new MemoryBudget(size, most);
    this.idle = new AtomicReferenceArray<>(budget.shares());
  }

  /** Returns a buffer, which must be given back. An interrupt does not end the wait for one. */
  public MemorySegment take() {
    budget.take();
    while (true) {
      MemorySegment buffer = takeIdle();
      if (buffer != null) {
        return buffer;
      }
      int count = made.get();
      if (count < idle.length() && made.compareAndSet(count, count + 1)) {
        return make();
      }
      // One is idle, because fewer are in use than there are; it came to a place that was already
      // passed.
      Thread.onSpinWait();
    }
  }

  private @Nullable MemorySegment takeIdle() {
    for (int i = 0; i < idle.length(); i++) {
      if (idle.getPlain(i) != null) {
        MemorySegment buffer = idle.getAndSet(i, null);
        if (buffer != null) {
          return buffer;
        }
      }
    }
    return null;
  }

  private MemorySegment make() {
    boolean succeeded = false;
    try {
      MemorySegment buffer = Arena.ofAuto().allocate(size, ALIGNMENT);
      succeeded = true;
      return buffer;
    } finally {
      if (!succeeded) {
        var _ = made.decrementAndGet();
        budget.giveBack();
      }
    }
  }

  /** Gives a buffer back, which {@link #take} returned. */
  public void giveBack(MemorySegment buffer) {
    boolean kept = false;
    while (!kept) {
      for (int i = 0; i < idle.length() && !kept; i++) {
        kept = idle.getPlain(i) == null && idle.compareAndSet(i, null, buffer);
      }
    }
    budget.giveBack();
  }
}
