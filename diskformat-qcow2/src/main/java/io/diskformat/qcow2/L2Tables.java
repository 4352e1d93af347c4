package io.diskformat.qcow2;

import io.diskformat.maintenance.Interruption;
import io.diskformat.storage.OtherThread;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Visits L2 tables with several threads; each table once, however many L1 entries point to it, as
 * in a hostile image all may point to one.
 *
 * @param <W> what one thread does to them
 */
final class L2Tables<W extends L2Tables.Work> {
  /** The most L1 entries to visit at once, 16 MiB. */
  private static final int MOST_AT_ONCE = 1 << 21;

  /** The least bytes of L2 tables for which another thread pays. */
  private static final long LEAST_FOR_THREADS = 4 << 20;

  private final int clusterBits;
  private final Supplier<W> works;
  private final Steps steps;
  private final Set<Long> unusual = new HashSet<>();
  private final List<W> done = new ArrayList<>();
  private long[] places = new long[64];
  private int held;

  /** Visits tables in one thread. */
  @FunctionalInterface
  interface Work {
    /**
     * Visits a table.
     *
     * @param position where it is
     * @param references how many L1 entries point to it
     * @param active how many of them are the disk's own
     * @return whether anything in it is unusual
     */
    boolean visit(long position, long references, long active) throws IOException;
  }

  L2Tables(int clusterBits, Supplier<W> works, Steps steps) {
    this.clusterBits = clusterBits;
    this.works = works;
    this.steps = steps;
  }

  /** Adds an L2 table to which an L1 entry points; {@code active} if that is one of the disk's. */
  void add(long position, boolean active) throws IOException {
    if (held == MOST_AT_ONCE) {
      run();
    } else if (held == places.length) {
      places = Arrays.copyOf(places, 2 * held);
    }
    // Positions are multiples of 512.
    places[held++] = position | (active ? 1 : 0);
  }

  /** Visits the tables that were added. */
  void run() throws IOException {
    Arrays.sort(places, 0, held);
    long bytes = (long) held << clusterBits;
    int processors = Runtime.getRuntime().availableProcessors();
    int threads = Math.clamp(bytes / LEAST_FOR_THREADS, 1, processors);
    AtomicInteger from = new AtomicInteger();
    if (threads == 1) {
      unusual.addAll(visit(work(), from));
    } else {
      runBy(threads, from);
    }
    held = 0;
  }

  private W work() {
    W work = works.get();
    done.add(work);
    return work;
  }

  private void runBy(int threads, AtomicInteger from) throws IOException {
    List<Future<List<Long>>> parts = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        W work = work();
        parts.add(executor.submit(() -> visit(work, from)));
      }
      boolean complete = false;
      try {
        for (Future<List<Long>> part : parts) {
          unusual.addAll(OtherThread.result(part));
        }
        complete = true;
      } finally {
        if (!complete) {
          // Whoever goes over tables ends as well.
          var _ = executor.shutdownNow();
        }
      }
    }
  }

  private List<Long> visit(W work, AtomicInteger from) throws IOException {
    List<Long> found = new ArrayList<>();
    while (true) {
      int first = from.getAndUpdate(this::afterTable);
      if (first >= held) {
        return found;
      }
      Interruption.check();
      int next = afterTable(first);
      long position = places[first] & -2;
      int active = 0;
      for (int i = first; i < next; i++) {
        active += (int) (places[i] & 1);
      }
      if (work.visit(position, next - first, active)) {
        found.add(position);
      }
      steps.done(next - first);
    }
  }

  /** Returns where the entries for the next table begin. */
  private int afterTable(int index) {
    int next = index;
    while (next < held && (places[next] & -2) == (places[index] & -2)) {
      next++;
    }
    return next;
  }

  /** Returns the positions of the tables with anything unusual. */
  Set<Long> unusual() {
    return unusual;
  }

  /** Returns the objects that visited the tables, one for each thread. */
  List<W> done() {
    return done;
  }
}
