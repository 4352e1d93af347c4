package io.diskformat.testing;

import io.diskformat.DiskImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Runs writers, readers, a discarder and a flusher at once: each sector must be linearizable. Every
 * sector has one writer, which gives it one version after the other; but neighbours in a cluster
 * have different ones. A reader must see a version that was the last one at some moment while it
 * read.
 */
public final class ConcurrentWrites {
  private static final int SECTOR = 512;
  private static final int SECTORS = 2048;
  private static final int WRITERS = 3;
  private static final int READERS = 2;

  /** How many writes each writer makes at least. */
  private static final int WRITES = 20_000;

  /** How many flushes there are at least. */
  private static final int FLUSHES = 30;

  /** The last version of each sector whose writing has begun, and ended. */
  private final AtomicIntegerArray begun = new AtomicIntegerArray(SECTORS);

  private final AtomicIntegerArray ended = new AtomicIntegerArray(SECTORS);
  private final AtomicBoolean failed = new AtomicBoolean();

  private final AtomicInteger flushes = new AtomicInteger();

  /** How many writers have not ended. */
  private final AtomicInteger writing = new AtomicInteger(WRITERS);

  /** The size of the disk that is worked on, in bytes. */
  public static final int SIZE = SECTORS * SECTOR;

  /**
   * Works on a disk of {@link #SIZE} bytes that holds zeroes, and fails if a reader sees what it
   * must not.
   *
   * @param disk the disk, which stays open
   */
  public void run(DiskImage disk, long seed) throws Exception {
    work(disk, seed);
    for (int sector = 0; sector < SECTORS; sector++) {
      check(sector, read(disk, sector, 1), 0, ended.get(sector), ended.get(sector));
    }
  }

  private void work(DiskImage disk, long seed) throws Exception {
    List<Callable<Long>> tasks = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      int writer = i;
      tasks.add(() -> write(disk, writer, new SplittableRandom(seed + writer)));
    }
    for (int i = 0; i < READERS; i++) {
      SplittableRandom random = new SplittableRandom(seed - 1 - i);
      tasks.add(() -> readAndCheck(disk, random));
    }
    tasks.add(() -> flush(disk));
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
      List<Future<Long>> results = new ArrayList<>();
      for (Callable<Long> task : tasks) {
        results.add(threads.submit(() -> orFail(task)));
      }
      List<Long> operations = new ArrayList<>();
      for (Future<Long> result : results) {
        operations.add(result.get());
      }
      System.out.println(
          "operations of %d writers, %d readers, a flusher: %s; %s"
              .formatted(WRITERS, READERS, operations, Seeds.toRepeat(seed)));
    }
  }

  /** Does a task; if it fails, the others end soon. */
  private long orFail(Callable<Long> task) throws Exception {
    boolean done = false;
    try {
      long operations = task.call();
      done = true;
      return operations;
    } finally {
      failed.compareAndSet(false, !done);
    }
  }

  /** Returns whether tasks go on: until all is written, or one has failed. */
  private boolean goesOn() {
    return writing.get() > 0 && !failed.get();
  }

  private long write(DiskImage disk, int writer, SplittableRandom random) throws Exception {
    long operations = 0;
    try {
      while ((operations < WRITES || flushes.get() < FLUSHES) && !failed.get()) {
        int sector = random.nextInt(SECTORS / WRITERS) * WRITERS + writer;
        int version = ended.get(sector) + 1;
        begun.set(sector, version);
        if (isZero(sector, version)) {
          disk.writeZeroes((long) sector * SECTOR, SECTOR);
        } else {
          disk.write((long) sector * SECTOR, content(sector, version));
        }
        ended.set(sector, version);
        operations++;
      }
    } finally {
      writing.decrementAndGet();
    }
    return operations;
  }

  private long readAndCheck(DiskImage disk, SplittableRandom random) throws Exception {
    long operations = 0;
    int[] before = new int[64];
    while (goesOn()) {
      int count = 1 + random.nextInt(64);
      int first = random.nextInt(SECTORS - count);
      for (int i = 0; i < count; i++) {
        before[i] = ended.get(first + i);
      }
      byte[] found = read(disk, first, count);
      for (int i = 0; i < count; i++) {
        check(first + i, found, i * SECTOR, before[i], begun.get(first + i));
      }
      operations++;
    }
    return operations;
  }

  private long flush(DiskImage disk) throws Exception {
    long operations = 0;
    while (goesOn()) {
      disk.flush();
      operations = flushes.incrementAndGet();
    }
    return operations;
  }

  private static byte[] read(DiskImage disk, int first, int count) throws IOException {
    byte[] found = new byte[count * SECTOR];
    disk.read((long) first * SECTOR, MemorySegment.ofArray(found));
    return found;
  }

  /** Some versions are zeroes, so that clusters come to be zeroed and written again. */
  private static boolean isZero(int sector, int version) {
    return version == 0 || (sector * 31 + version * 7) % 5 == 0;
  }

  private static byte[] content(int sector, int version) {
    ByteBuffer content = ByteBuffer.allocate(SECTOR);
    while (content.hasRemaining()) {
      content.putInt(sector).putInt(version);
    }
    return content.array();
  }

  private static void check(int sector, byte[] found, int at, int earliest, int latest) {
    ByteBuffer content = ByteBuffer.wrap(found, at, SECTOR).slice();
    int version = content.getInt(4);
    if (content.getInt(0) == 0 && version == 0 && content.getInt(SECTOR - 4) == 0) {
      for (int v = earliest; v <= latest; v++) {
        if (isZero(sector, v)) {
          return;
        }
      }
      throw new AssertionError(
          "sector "
              + sector
              + " is zero, which no version from "
              + earliest
              + " to "
              + latest
              + " is");
    }
    for (int i = 0; i < SECTOR; i += 8) {
      if (content.getInt(i) != sector || content.getInt(i + 4) != version) {
        throw new AssertionError(
            "sector "
                + sector
                + " holds sector "
                + content.getInt(i)
                + ", version "
                + content.getInt(i + 4)
                + " beside "
                + version);
      }
    }
    if (version < earliest || version > latest) {
      throw new AssertionError(
          "sector " + sector + " holds version " + version + ", not " + earliest + " to " + latest);
    }
  }
}
