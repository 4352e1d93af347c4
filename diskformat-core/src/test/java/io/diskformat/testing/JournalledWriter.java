package io.diskformat.testing;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process that writes an image at random until it is killed, and tells on its standard output
 * what it does, as a {@link WriteJournal} understands it. Each thread has parts of the disk of its
 * own.
 */
final class JournalledWriter {
  private static final int SECTOR = RandomContent.SECTOR;
  private static final int LONGEST = 256 << 10;

  private final DiskImage disk;
  private final int cluster;
  private final boolean compresses;
  private final int threads;
  private final AtomicInteger values;
  private final FileOutputStream output = new FileOutputStream(FileDescriptor.out);

  private JournalledWriter(
      DiskImage disk, int cluster, boolean compresses, int threads, int firstValue) {
    this.disk = disk;
    this.cluster = cluster;
    this.compresses = compresses;
    this.threads = threads;
    this.values = new AtomicInteger(firstValue);
  }

  /** Arguments: format, path, cluster size, whether to compress, threads, first value, seed. */
  public static void main(String[] arguments) throws Exception {
    OpenOptions options =
        OpenOptions.writable()
            .format(arguments[0])
            .references(ReferencePolicy.sameDirectory())
            .parents(ParentResolver.sameDirectory());
    // Tells that it is about to open the image.
    System.out.println("0 .");
    try (DiskImage disk = DiskImages.open(Path.of(arguments[1]), options)) {
      int threads = Integer.parseInt(arguments[4]);
      JournalledWriter writer =
          new JournalledWriter(
              disk,
              Integer.parseInt(arguments[2]),
              Boolean.parseBoolean(arguments[3]),
              threads,
              Integer.parseInt(arguments[5]));
      SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[6]));
      for (int i = 1; i < threads; i++) {
        int thread = i;
        SplittableRandom its = random.split();
        Thread.ofPlatform().daemon().start(() -> writer.run(thread, its));
      }
      writer.run(0, random);
    }
  }

  private void run(int thread, SplittableRandom random) {
    try {
      while (true) {
        step(thread, random);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Throwable e) {
      // Also of a thread that is not the first: what is left to be seen is that the process ended.
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private void step(int thread, SplittableRandom random) throws IOException {
    long part = Math.max(cluster, disk.size() / 64 & -(long) cluster);
    long parts = (disk.size() + part - 1) / part;
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
        tell(thread, "z " + offset + " " + length);
        disk.writeZeroes(offset, length);
      }
      case 1, 2 -> {
        tell(thread, "d " + offset + " " + length);
        disk.discard(offset, length);
      }
      case 3 -> {
        tell(thread, "f");
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
        tell(thread, "w " + value + " " + offset + " " + length);
        disk.write(offset, RandomContent.of(value, offset, length));
      }
    }
    tell(thread, ".");
  }

  /** The first sectors of a cluster hold something, the others zeroes. */
  private void writeCompressed(int thread, long offset, SplittableRandom random)
      throws IOException {
    int length = (int) Math.min(cluster, disk.size() - offset);
    int written = SECTOR * (1 + random.nextInt(length / SECTOR));
    int value = values.getAndIncrement();
    byte[] content = Arrays.copyOf(RandomContent.of(value, offset, written), length);
    tell(thread, "w " + value + " " + offset + " " + written);
    tell(thread, "z " + (offset + written) + " " + (length - written));
    disk.writeCompressed(offset, MemorySegment.ofArray(content));
  }

  /** Straight to the pipe, so that nothing that is told can be lost. */
  private void tell(int thread, String what) throws IOException {
    output.write((thread + " " + what + "\n").getBytes(StandardCharsets.US_ASCII));
  }
}
