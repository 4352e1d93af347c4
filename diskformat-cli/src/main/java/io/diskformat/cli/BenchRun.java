package io.diskformat.cli;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the requests of a {@link Bench}, by at most a thread for each processor: more threads would
 * not make more requests at once.
 *
 * <p>What lies between two flushes that drain is a batch: all threads wait for each other at its
 * end, and one of them flushes.
 */
final class BenchRun {
  private final Bench bench;
  private final BlockDevice device;
  private final CyclicBarrier endOfBatch;
  private final int threads;

  /** How many requests are not handed out yet, and how many will not be in this batch. */
  private int left;

  private int leftAfterBatch;
  private long offset;
  private volatile boolean more = true;
  private volatile @Nullable Throwable failure;

  private BenchRun(Bench bench, BlockDevice device) {
    this.bench = bench;
    this.device = device;
    this.left = bench.count();
    this.offset = bench.offset();
    this.threads = Math.clamp(bench.count(), 1, Math.min(bench.depth(), availableProcessors()));
    this.endOfBatch = new CyclicBarrier(threads, this::finishBatch);
    beginBatch();
  }

  private static int availableProcessors() {
    return Runtime.getRuntime().availableProcessors();
  }

  /**
   * Makes the requests; returns how long that took, in nanoseconds.
   *
   * @throws InterruptedIOException if the calling thread is interrupted
   * @throws IOException if a request fails
   */
  static long nanos(Bench bench, BlockDevice device) throws IOException {
    return new BenchRun(bench, device).run();
  }

  private long run() throws IOException {
    long start = System.nanoTime();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      workers.add(Thread.ofPlatform().daemon().name("diskformat-bench-" + i).start(this::work));
    }
    try {
      for (Thread worker : workers) {
        worker.join();
      }
    } catch (InterruptedException e) {
      failure = e;
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while requests were being made");
    }
    long nanos = System.nanoTime() - start;
    switch (failure) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Throwable e -> throw new IOException(e);
    }
    return nanos;
  }

  private void work() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment buffer = arena.allocate(bench.length(), 4096).fill(bench.pattern());
      while (more) {
        requestBatch(buffer);
        int _ = endOfBatch.await();
      }
    } catch (InterruptedException | BrokenBarrierException e) {
      failure = e;
    }
  }

  private void requestBatch(MemorySegment buffer) {
    try {
      for (long at; failure == null && (at = next()) >= 0; ) {
        request(at, buffer);
      }
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
  }

  /** Returns where the next request of the batch begins, or -1 if there is none. */
  private long next() throws IOException {
    long at;
    boolean flush;
    synchronized (this) {
      if (left == leftAfterBatch) {
        return -1;
      }
      at = offset;
      if (at > device.size() - bench.length()) {
        throw new IOException(
            device
                + ": a request of "
                + bench.length()
                + " bytes at "
                + at
                + " ends beyond the disk, which has "
                + device.size());
      }
      offset = (offset + bench.step()) % device.size();
      flush =
          bench.flushInterval() > 0
              && left < bench.count()
              && left % bench.flushInterval() == 0
              && !bench.drain();
      left--;
    }
    if (flush) {
      device.flush();
    }
    return at;
  }

  private void request(long at, MemorySegment buffer) throws IOException {
    if (bench.write()) {
      device.write(at, buffer);
    } else {
      device.read(at, buffer);
    }
  }

  private void beginBatch() {
    int interval = bench.flushInterval();
    leftAfterBatch =
        interval == 0 || !bench.drain() ? 0 : Math.max(0, (left - 1) / interval * interval);
  }

  /** Ends a batch, while all threads wait. */
  private void finishBatch() {
    try {
      if (failure == null && bench.flushInterval() > 0) {
        device.flush();
      }
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
    more = failure == null && left > 0;
    if (more) {
      beginBatch();
    }
  }
}
