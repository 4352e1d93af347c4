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
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Writers, readers, a discarder and a flusher at once: each sector is linearizable. Every sector
 * has one writer, which gives it one version after the other; but neighbours in a cluster have
 * different ones. A reader must see a version that was the last one at some moment while it read.
 */
public final class ConcurrentWrites {
  private static final int SECTOR = 512;
  private static final int SECTORS = 2048;
  private static final int WRITERS = 3;
  private static final int READERS = 2;
  private static final long MILLIS = 2500;

  /** The last version of each sector whose writing has begun, and ended. */
  private final AtomicIntegerArray begun = new AtomicIntegerArray(SECTORS);

  private final AtomicIntegerArray ended = new AtomicIntegerArray(SECTORS);
  private final AtomicBoolean stop = new AtomicBoolean();

  /** The size of the disk that is worked on, in bytes. */
  public static final int SIZE = SECTORS * SECTOR;

  /**
   * Works on a disk of {@link #SIZE} bytes that holds zeroes.
   *
   * @param disk stays open
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
        results.add(threads.submit(task));
      }
      long total = 0;
      for (Future<Long> result : results) {
        total += result.get();
      }
      System.out.println(total + " operations; " + Seeds.toRepeat(seed));
    }
  }

  private Callable<Boolean> untilTimeIsUp() {
    long end = System.nanoTime() + MILLIS * 1_000_000;
    return () -> !stop.get() && System.nanoTime() < end;
  }

  private long write(DiskImage disk, int writer, SplittableRandom random) throws Exception {
    long operations = 0;
    Callable<Boolean> more = untilTimeIsUp();
    try {
      while (more.call()) {
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
      stop.set(true);
    }
    return operations;
  }

  private long readAndCheck(DiskImage disk, SplittableRandom random) throws Exception {
    long operations = 0;
    Callable<Boolean> more = untilTimeIsUp();
    try {
      int[] before = new int[64];
      while (more.call()) {
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
    } finally {
      stop.set(true);
    }
    return operations;
  }

  private long flush(DiskImage disk) throws Exception {
    long operations = 0;
    Callable<Boolean> more = untilTimeIsUp();
    while (more.call()) {
      disk.flush();
      operations++;
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
