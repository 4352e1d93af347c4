package io.diskformat.cli;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The step of the demo in which several threads write and read one image. */
final class SharedImage {
  private static final int THREADS = 4;
  private static final int OPERATIONS = 2500;
  private static final int SECTOR = 512;
  private static final int BLOCK = 4096;
  private static final long SIZE = 64 << 20;

  private final Narration narration;
  private final Path file;

  SharedImage(Narration narration, Path directory) {
    this.narration = narration;
    this.file = directory.resolve("shared.qcow2");
  }

  void run() throws IOException {
    narration.step("Several threads on one image", "disk.write(...) beside disk.read(...)");
    DiskImages.create(file, CreateOptions.format("qcow2").size(SIZE));
    long start = System.nanoTime();
    long torn;
    try (DiskImage disk = DiskImages.open(file, OpenOptions.writable().format("qcow2"))) {
      torn = workOn(disk);
    }
    int count = THREADS * OPERATIONS;
    narration.say(
        "%d threads write, %d read: %,d writes and %,d reads of 4 KiB in %s"
            .formatted(
                THREADS, THREADS, count, count, Narration.seconds(System.nanoTime() - start)));
    narration.say("sectors read that were of two writes: " + torn);
    if (QemuImg.run("check", "-q", file.toString())) {
      narration.say("qemu-img check: no errors");
    }
  }

  private static long workOn(DiskImage disk) throws IOException {
    List<Callable<Long>> work = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int seed = i;
      work.add(() -> write(disk, seed));
      work.add(() -> read(disk, seed));
    }
    long torn = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(work.size())) {
      for (Future<Long> done : threads.invokeAll(work)) {
        torn += done.get();
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
    return torn;
  }

  /** Writes blocks, each filled with the number of the write. */
  private static long write(DiskImage disk, int seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    ByteBuffer block = ByteBuffer.allocate(BLOCK);
    for (int i = 0; i < OPERATIONS; i++) {
      for (int at = 0; at < BLOCK; at += Long.BYTES) {
        block.putLong(at, (long) seed << 32 | i);
      }
      disk.write(random.nextLong(SIZE / BLOCK) * BLOCK, block.array());
    }
    disk.flush();
    return 0;
  }

  /** Returns how many sectors had words of several writes. */
  private static long read(DiskImage disk, int seed) throws IOException {
    SplittableRandom random = new SplittableRandom(-seed - 1L);
    ByteBuffer block = ByteBuffer.allocate(BLOCK);
    long torn = 0;
    for (int i = 0; i < OPERATIONS; i++) {
      disk.read(random.nextLong(SIZE / BLOCK) * BLOCK, block.array());
      for (int at = 0; at < BLOCK; at++) {
        if (at % SECTOR % Long.BYTES == 0 && block.getLong(at) != block.getLong(at & -SECTOR)) {
          torn++;
          at = (at & -SECTOR) + SECTOR - 1;
        }
      }
    }
    return torn;
  }
}
