package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Resizes disks by several threads, beside a writer of what is added and readers of it. A reader
 * that sees a new size sees zeroes there, or what was written; what was written stays; and a disk
 * that cannot get smaller does not.
 */
public final class ConcurrentResizes {
  private static final int SECTOR = 512;
  private static final int WRITES = 12;
  private static final int READERS = 2;

  private final Random random;
  private final boolean shrinks;

  /** Opens a disk for writing, which may be another one each time. */
  @FunctionalInterface
  public interface Disks {
    /** Opens a disk; the run closes it. */
    DiskImage open() throws IOException;
  }

  /**
   * Creates a run.
   *
   * @param shrinks whether disks of the format can get smaller: then there is one resize at a time
   */
  public ConcurrentResizes(long seed, boolean shrinks) {
    this.random = new Random(seed);
    this.shrinks = shrinks;
  }

  /**
   * Grows {@code rounds} disks, each by up to {@code most} bytes, and returns with the last one
   * closed.
   */
  public void run(Disks disks, int rounds, int most) throws Exception {
    int tasks = 2 + READERS + (shrinks ? 0 : 1);
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks)) {
      for (int round = 0; round < rounds; round++) {
        try (DiskImage disk = disks.open()) {
          new Round(disk, most, new CyclicBarrier(tasks)).run(threads);
        }
      }
    }
  }

  /** One disk. */
  private final class Round {
    private final DiskImage disk;
    private final CyclicBarrier start;
    private final AtomicBoolean resized = new AtomicBoolean();
    private final int oldSize;
    private final int smaller;
    private final int larger;
    private final byte[] before;

    /** What is written: the sectors of the smaller growth, each once at most. */
    private final int[] written;

    Round(DiskImage disk, int most, CyclicBarrier start) throws IOException {
      this.disk = disk;
      this.start = start;
      this.oldSize = Math.toIntExact(disk.size());
      this.smaller = oldSize + SECTOR * (1 + random.nextInt(most / SECTOR - 1));
      this.larger = shrinks ? smaller : smaller + SECTOR * (1 + random.nextInt(most / SECTOR));
      this.before = new byte[oldSize];
      disk.read(0, before);
      this.written = random.ints(WRITES, oldSize / SECTOR, smaller / SECTOR).distinct().toArray();
    }

    void run(ExecutorService threads) throws Exception {
      List<Callable<Boolean>> tasks = new ArrayList<>();
      tasks.add(() -> resize(smaller));
      if (!shrinks) {
        tasks.add(() -> resize(larger));
      }
      tasks.add(this::write);
      for (int i = 0; i < READERS; i++) {
        tasks.add(this::read);
      }
      List<Future<Boolean>> results = new ArrayList<>();
      for (Callable<Boolean> task : tasks) {
        results.add(
            threads.submit(() -> {
              start.await();
              return task.call();
            }));
      }
      try {
        boolean grown = results.get(0).get();
        if (!shrinks) {
          grown |= results.get(1).get();
        }
        assertEquals(true, grown, "one of the resizes is done");
      } finally {
        resized.set(true);
      }
      for (Future<Boolean> result : results) {
        var _ = result.get();
      }
      assertEquals(larger, disk.size(), "the size after both resizes");
      byte[] expected = Arrays.copyOf(before, larger);
      for (int sector : written) {
        RandomContent.fillSector(1, sector, expected, sector * SECTOR);
      }
      byte[] found = new byte[larger];
      disk.read(0, found);
      int at = Arrays.mismatch(expected, found);
      if (at >= 0) {
        int sector = at / SECTOR;
        throw new AssertionError(
            "from %d to %d: sector %d holds %s"
                .formatted(
                    oldSize, larger, sector, RandomContent.describe(found, sector * SECTOR)));
      }
    }

    private boolean resize(int size) throws IOException {
      try {
        disk.resize(size);
        return true;
      } catch (UnsupportedFeatureException e) {
        if (size == larger) {
          throw e;
        }
        // The other one was first.
        return false;
      }
    }

    /** Writes as soon as there is something to be written to. */
    private boolean write() throws IOException {
      while (disk.size() == oldSize && !resized.get()) {
        Thread.onSpinWait();
      }
      for (int sector : written) {
        byte[] content = new byte[SECTOR];
        RandomContent.fillSector(1, sector, content, 0);
        disk.write((long) sector * SECTOR, content);
      }
      return true;
    }

    private boolean read() throws IOException {
      boolean last;
      do {
        last = resized.get();
        int size = Math.toIntExact(disk.size());
        byte[] found = new byte[size - oldSize];
        disk.read(oldSize, found);
        for (int at = 0; at < found.length; at += SECTOR) {
          check(found, at, (oldSize + at) / SECTOR);
        }
      } while (!last);
      return true;
    }

    private void check(byte[] found, int at, int sector) {
      byte[] content = new byte[SECTOR];
      if (Arrays.equals(found, at, at + SECTOR, content, 0, SECTOR)) {
        return;
      }
      RandomContent.fillSector(1, sector, content, 0);
      if (!Arrays.equals(found, at, at + SECTOR, content, 0, SECTOR)) {
        throw new AssertionError(
            "beyond the old end, sector %d holds %s"
                .formatted(sector, RandomContent.describe(found, at)));
      }
    }
  }
}
