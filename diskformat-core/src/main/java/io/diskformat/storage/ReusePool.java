package io.diskformat.storage;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Objects that hold something native and are used by one thread at a time, such as inflaters, kept
 * for reuse until the pool is closed: as many as were in use at once. What is in use when it is
 * closed is freed when it is given back. Thread-safe.
 *
 * @param <T> the objects' type
 */
public final class ReusePool<T> {
  private final Consumer<? super T> free;
  private final ArrayDeque<T> idle = new ArrayDeque<>();
  private boolean closed;

  /**
   * Creates an empty pool.
   *
   * @param free frees what one of the objects holds
   */
  public ReusePool(Consumer<? super T> free) {
    this.free = free;
  }

  /**
   * Returns an idle object, or null if there is none; then the caller makes one. It is given back
   * either way.
   */
  public @Nullable T poll() {
    synchronized (idle) {
      return idle.poll();
    }
  }

  /**
   * Returns an idle object, or a new one if there is none. It is given back either way.
   *
   * @param maker makes a new one
   * @throws IOException if the maker throws it
   */
  public T take(IoSupplier<? extends T> maker) throws IOException {
    T object = poll();
    return object != null ? object : maker.get();
  }

  /** Gives an object back, which is no longer in use. */
  public void giveBack(T object) {
    synchronized (idle) {
      if (!closed) {
        idle.push(object);
        return;
      }
    }
    free.accept(object);
  }

  /** Frees all idle objects. Closing again does nothing. */
  public void close() {
    synchronized (idle) {
      closed = true;
      for (T object; (object = idle.poll()) != null; ) {
        free.accept(object);
      }
    }
  }
}
