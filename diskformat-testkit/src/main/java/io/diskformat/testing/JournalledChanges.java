package io.diskformat.testing;

import io.diskformat.DiskImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Changes a disk at random, and reports what it does in the lines of a {@link WriteJournal}. Each
 * thread has parts of the disk of its own.
 */
final class JournalledChanges {
  private static final int SECTOR = RandomContent.SECTOR;

  /** In bytes: the longest change. */
  private static final int LONGEST = 256 << 10;

  private final DiskImage disk;
  private final int cluster;
  private final boolean compresses;
  private final int threads;
  private final AtomicInteger values;
  private final JournalOutput output;

  /**
   * Creates changes of a disk.
   *
   * @param cluster its size in bytes, a power of two
   * @param compresses whether some clusters are written compressed
   * @param values which content is written next
   */
  JournalledChanges(
      DiskImage disk,
      int cluster,
      boolean compresses,
      int threads,
      AtomicInteger values,
      JournalOutput output) {
    this.disk = disk;
    this.cluster = cluster;
    this.compresses = compresses;
    this.threads = threads;
    this.values = values;
    this.output = output;
  }

  /** Does one thing or, where the thread has no part of the disk, nothing. */
  void step(int thread, SplittableRandom random) throws IOException {
    long part = Math.max(cluster, disk.size() / 64 & -(long) cluster);
    long parts = (disk.size() + part - 1) / part;
    if (parts == 0) {
      return;
    }
    long start = random.nextLong(parts) / threads * threads + thread;
    if (start >= parts) {
      return;
    }
    long end = Math.min(disk.size(), (start + 1) * part);
    start *= part;
    int sectors = (int) ((end - start) / SECTOR);
    int first = random.nextInt(sectors);
    int most = Math.min(sectors - first, random.nextBoolean() ? 8 : LONGEST / SECTOR);
    long offset = start + (long) first * SECTOR;
    int length = SECTOR * (1 + random.nextInt(most));
    switch (random.nextInt(12)) {
      case 0 -> {
        output.report(thread, "z " + offset + " " + length);
        disk.writeZeroes(offset, length);
      }
      case 1, 2 -> {
        output.report(thread, "d " + offset + " " + length);
        disk.discard(offset, length);
      }
      case 3 -> {
        output.report(thread, "f");
        disk.flush();
      }
      case 4, 5 -> {
        if (!compresses) {
          return;
        }
        writeCompressed(thread, offset & -(long) cluster, random);
      }
      default -> {
        int value = values.getAndIncrement();
        output.report(thread, "w " + value + " " + offset + " " + length);
        disk.write(offset, RandomContent.of(value, offset, length));
      }
    }
    output.report(thread, ".");
  }

  /** The first sectors of a cluster hold something, the others zeroes. */
  private void writeCompressed(int thread, long offset, SplittableRandom random)
      throws IOException {
    int length = (int) Math.min(cluster, disk.size() - offset);
    int written = SECTOR * (1 + random.nextInt(length / SECTOR));
    int value = values.getAndIncrement();
    byte[] content = Arrays.copyOf(RandomContent.of(value, offset, written), length);
    output.report(thread, "w " + value + " " + offset + " " + written);
    output.report(thread, "z " + (offset + written) + " " + (length - written));
    disk.writeCompressed(offset, MemorySegment.ofArray(content));
  }
}
