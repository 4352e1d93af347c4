package io.diskformat.layer;

import io.diskformat.storage.MemoryBudget;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * The buffers in which clusters are compressed. Their memory is bounded whatever the number of
 * threads: a thread waits while all of it is in use.
 */
final class CompressionBuffers {
  /** The memory of all pairs and compressors in use, in bytes. */
  private static final long MOST = 64 << 20;

  /** The memory of all idle pairs, in bytes; at least one pair is kept. */
  private static final int MOST_IDLE = 8 << 20;

  /** The approximate memory of a compressor itself, in bytes. */
  private static final int COMPRESSOR = 1 << 20;

  /** Buffers for a cluster and for its compressed stream. */
  static final class Pair {
    final byte[] plain;
    final byte[] stream;

    Pair(int cluster) {
      plain = new byte[cluster];
      stream = new byte[cluster];
    }
  }

  private final long cluster;
  private final MemoryBudget budget;
  private final ArrayBlockingQueue<Pair> idle;

  /** Creates a pool for clusters of {@code cluster} bytes, without buffers yet. */
  CompressionBuffers(long cluster) {
    this.cluster = cluster;
    this.budget = new MemoryBudget(2 * cluster + COMPRESSOR, MOST);
    this.idle = new ArrayBlockingQueue<>(Math.clamp(MOST_IDLE / (2 * cluster), 1, 8));
  }

  /** Takes a pair of buffers, which must be given back. */
  Pair take() {
    budget.take();
    Pair pair = idle.poll();
    if (pair != null) {
      return pair;
    }
    boolean made = false;
    try {
      pair = new Pair(Math.toIntExact(cluster));
      made = true;
      return pair;
    } finally {
      if (!made) {
        budget.giveBack();
      }
    }
  }

  void giveBack(Pair pair) {
    // If enough pairs are idle already, this one is dropped.
    var _ = idle.offer(pair);
    budget.giveBack();
  }
}
