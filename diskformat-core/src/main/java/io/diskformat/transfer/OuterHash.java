package io.diskformat.transfer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * Computes the checksum of the blocks' checksums, which workers add window by window and in any
 * order. A worker that gets too far ahead of the others waits, so that few are kept. Thread-safe.
 */
final class OuterHash {
  /** The number of windows per worker that may be under way. */
  private static final int AHEAD = 16;

  private static final ValueLayout.OfLong LITTLE_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The checksums of the blocks of a window, and its end. */
  private static final class Part {
    final long end;
    final byte[] checksums;

    Part(long end, byte[] checksums) {
      this.end = end;
      this.checksums = checksums;
    }
  }

  private final MessageDigest digest;
  private final Semaphore places;
  private volatile boolean ended;

  /** Parts that wait for an earlier one, by the offset of their window. */
  private final Map<Long, Part> waiting = new HashMap<>();

  /** The offset up to which everything is in the digest, in bytes. */
  private long done;

  OuterHash(MessageDigest digest, int workers) {
    this.digest = digest;
    this.places = new Semaphore(AHEAD * workers);
  }

  /** Waits while too many windows are under way. To be called before a window is taken. */
  void takePlace() {
    places.acquireUninterruptibly();
    if (ended) {
      places.release();
    }
  }

  /**
   * Ends all waiting. To be called by a worker that took a place and adds nothing: the window that
   * others would wait for may never come.
   */
  void end() {
    ended = true;
    places.release();
  }

  /** Adds the checksums of the blocks of a window, one after the other. */
  synchronized void add(Window window, byte[] checksums) {
    waiting.put(window.offset(), new Part(window.end(), checksums));
    Part next;
    while ((next = waiting.remove(done)) != null) {
      digest.update(next.checksums);
      done = next.end;
      places.release();
    }
  }

  /** Returns the checksum of the disk; called once, when all windows were added. */
  synchronized byte[] finish(long size) {
    byte[] length = new byte[Long.BYTES];
    MemorySegment.ofArray(length).set(LITTLE_ENDIAN_LONG, 0, size);
    return digest.digest(length);
  }
}
