package io.diskformat.benchmarks;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Does what {@code qemu-img bench} does, with this library: reads blocks at a constant distance
 * from each other, and prints how long that took in the same words, and the CPU
 * time of its thread. For the side-by-side script.
 *
 * <p>Does everything several times and reports the last: a program that reads a disk image runs for
 * longer than the JIT compiler needs.
 */
public final class ReadLoop {
  private static final int ROUNDS = 4;

  private ReadLoop() {}

  /** Takes an image, the number of reads, the size of each, and how far apart they are. */
  public static void main(String[] args) throws IOException {
    int count = Integer.parseInt(args[1]);
    MemorySegment target = Arena.global().allocate(Long.parseLong(args[2]), 4096);
    long step = Long.parseLong(args[3]);
    try (DiskImage image = DiskImages.open(Path.of(args[0]))) {
      ThreadMXBean thread = ManagementFactory.getThreadMXBean();
      long nanos = 0;
      long cpu = 0;
      for (int round = 0; round < ROUNDS; round++) {
        long start = System.nanoTime();
        long startCpu = thread.getCurrentThreadCpuTime();
        read(image, count, target, step);
        nanos = System.nanoTime() - start;
        cpu = thread.getCurrentThreadCpuTime() - startCpu;
      }
      System.out.printf(
          Locale.ROOT,
          "Run completed in %.3f seconds, %.3f of CPU time.%n",
          nanos / 1e9,
          cpu / 1e9);
    }
  }

  private static void read(DiskImage image, int count, MemorySegment target, long step)
      throws IOException {
    long size = image.size();
    long offset = 0;
    for (int i = 0; i < count; i++) {
      image.read(offset, target);
      offset = (offset + step) % size;
    }
  }
}
