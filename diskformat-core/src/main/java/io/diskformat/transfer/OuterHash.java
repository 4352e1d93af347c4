package io.diskformat.transfer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * The checksum of the blocks' checksums, which workers hand in window by window and in any order. A
 * worker that gets too far ahead of the others waits, so that few are kept. Thread-safe.
 */
final class OuterHash {
  /** So many windows may be under way for each worker. */
  private static final int AHEAD = 16;

  private static final ValueLayout.OfLong LITTLE_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** What a worker has handed in: where its window ends, and the checksums of the blocks in it. */
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

  /** Parts that follow one that is still under way, by where they begin. */
  private final Map<Long, Part> waiting = new HashMap<>();

  /** Up to here everything is in the digest, in bytes from the start of the disk. */
  private long done;

  OuterHash(MessageDigest digest, int workers) {
    this.digest = digest;
    this.places = new Semaphore(AHEAD * workers);
  }

  /** To be called before a window is asked for: waits while there are too many under way. */
  void takePlace() {
    places.acquireUninterruptibly();
    if (ended) {
      places.release();
    }
  }

  /**
   * To be called by a worker that took a place and hands nothing in: from then on nobody waits, as
   * what others would wait for may never come.
   */
  void end() {
    ended = true;
    places.release();
  }

  /** Hands in the checksums of the blocks of a window, one after the other. */
  synchronized void add(Window window, byte[] checksums) {
    waiting.put(window.offset(), new Part(window.end(), checksums));
    Part next;
    while ((next = waiting.remove(done)) != null) {
      digest.update(next.checksums);
      done = next.end;
      places.release();
    }
  }

  /** Returns the checksum of the disk; called once, when everything is handed in. */
  synchronized byte[] finish(long size) {
    byte[] length = new byte[Long.BYTES];
    MemorySegment.ofArray(length).set(LITTLE_ENDIAN_LONG, 0, size);
    return digest.digest(length);
  }
}
