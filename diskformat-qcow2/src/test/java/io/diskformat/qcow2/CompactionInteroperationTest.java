package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FormatUnderTest;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of all kinds that QEMU made are compacted, and QEMU finds in them what it put there. */
final class CompactionInteroperationTest {
  /** How many random ones; {@code -Ddiskformat.compactions=5000} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.compactions", 20);

  @TempDir private Path directory;

  /** How many images were not sound before. */
  private int spoiled;

  @Test
  void randomImages() throws IOException {
    Oracle.of("qemu-img");
    long seed = Seeds.of(getClass(), 1);
    Random seeds = new Random(seed);
    long[] bytes = new long[3];
    for (int i = 0; i < IMAGES; i++) {
      Random random = new Random(seed);
      ImageSpec spec = ImageSpec.any(random);
      try {
        compactRandom(spec, random, bytes);
      } catch (AssertionError | IOException | RuntimeException e) {
        throw new AssertionError(Seeds.toRepeat(seed) + ", " + spec + ": " + e, e);
      }
      seed = seeds.nextLong();
      clear();
    }
    System.out.println(
        "%d images of %d bytes have %d, %d of them are not needed; %d were not sound"
            .formatted(IMAGES, bytes[0], bytes[1], bytes[2], spoiled));
    assertTrue(bytes[1] < bytes[0]);
    assertTrue(spoiled <= 1 + IMAGES / 20, spoiled + " images were not sound");
  }

  private void clear() throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  private void compactRandom(ImageSpec spec, Random random, long[] bytes) throws IOException {
    MadeImage made = new ImageMaker(directory, random).make(spec);
    Path image = made.path();
    if (!isSound(image) || !isReadable(image)) {
      spoiled++;
      return;
    }
    if (spec.version() > 2 && random.nextInt(3) == 0) {
      qemuImg("bitmap", "--add", "-f", "qcow2", image, "bits").orFail();
      qemuImg("bitmap", "--add", "-f", "qcow2", "-g", "512", image, "other").orFail();
    }
    spoil(image, random);
    assertTrue(isSound(image));
    ShownImage before;
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
      before = ShownImage.of(disk);
    }
    Path raw = Files.write(directory.resolve("raw"), before.disk());
    long length = Files.size(image);
    compact(image);
    assertEquals("", qemuCheck(image));
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
      before.verify(disk);
    }
    qemuImg("compare", "-f", "qcow2", "-F", "raw", image, raw).orFail();
    long now = Files.size(image);
    assertTrue(now <= length, now + " bytes, more than " + length);
    long free = free(image, spec);
    bytes[0] += length;
    bytes[1] += now;
    bytes[2] += free;
    // It can be written by both, and compacted again.
    compact(image);
    assertTrue(Files.size(image) <= now);
    write(image, random);
    qemuImg("check", "-f", "qcow2", image).orFail();
  }

  private Oracle.Result qemuImg(Object... arguments) {
    return Oracle.of("qemu-img").in(directory).run(arguments);
  }

  /** The tool has been seen to write over compressed clusters of a snapshot. */
  private static boolean isReadable(Path image) throws IOException {
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
      return !ShownImage.of(disk).isEmpty();
    } catch (DiskFormatException e) {
      return false;
    }
  }

  /** The tool has been seen to spoil an image that it writes. */
  private boolean isSound(Path image) {
    return qemuCheck(image).isEmpty();
  }

  private String qemuCheck(Path image) {
    Oracle.Result result = qemuImg("check", "-f", "qcow2", image);
    return result.exitCode() == 0 ? "" : result.toString();
  }

  /** Leaves zeroes, copies of what is below, and free clusters. */
  private static void spoil(Path image, Random random) throws IOException {
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      for (int i = 0; i < 12; i++) {
        int most = (int) disk.size();
        int offset = random.nextInt(most) & -(512 << random.nextInt(12));
        int length = Math.min(most - offset, 1 + random.nextInt(1 << (10 + random.nextInt(12))));
        switch (random.nextInt(4)) {
          case 0 -> disk.discard(offset, length);
          case 1 -> {
            byte[] same = new byte[length];
            disk.read(offset, same);
            disk.write(offset, same);
          }
          default -> disk.write(offset, new byte[length]);
        }
      }
    }
  }

  private static void write(Path image, Random random) throws IOException {
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      for (int i = 0; i < 4; i++) {
        byte[] content = new byte[1 + random.nextInt((int) Math.min(disk.size(), 300_000))];
        random.nextBytes(content);
        disk.write(random.nextLong(disk.size() - content.length + 1), content);
      }
    }
  }

  private static void compact(Path path) throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(path, QCOW2.writable())) {
      image.compact(ProgressListener.NONE);
    }
  }

  /** Returns how many bytes of the file are in free clusters. */
  private static long free(Path path, ImageSpec spec) throws IOException {
    try (Storage file = FormatUnderTest.inMemory(path)) {
      Qcow2Header header = HeaderParser.read(file);
      Refcounts refcounts =
          new Refcounts(
              file, new io.diskformat.table.MetadataPages(file, header.clusterSize()), header);
      long free = 0;
      for (long i = 0; i << header.clusterBits() < file.size(); i++) {
        free += refcounts.get(i) == 0 ? header.clusterSize() : 0;
      }
      assertTrue(free == 0 || header.clusterBits() < 12, free + " bytes are free in " + spec);
      return free;
    }
  }
}
