package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.testing.DiskContent;
import io.diskformat.testing.QemuAgreement;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A generated matrix of images, each read as it was written and, where QEMU knows such images, as
 * qemu-img reads it. One part is the same each time and has every possible pair of values of two
 * dimensions; the other is as random as its seed.
 */
class MatrixTest {
  /** How long the random part goes on; {@code -Ddiskformat.matrix.seconds=3600} for a long run. */
  private static final Duration RANDOM_PART =
      Duration.ofSeconds(Long.getLong("diskformat.matrix.seconds", 15));

  @TempDir private Path directory;
  private int deepest;
  private int byQemu;

  @Test
  void everyPairOfValues() throws IOException {
    List<VdiSpec> specs = VdiSpec.everyPair(new Random(1));
    for (int i = 0; i < specs.size(); i++) {
      check(specs.get(i), new Random(i), "image " + i);
    }
    report(specs.size() + " images with every pair of values");
    assertEquals(3, deepest, "depth of the deepest extent");
  }

  @Test
  void random() throws IOException {
    // The seed is that of the first image, so what a failure tells is all that is needed again.
    long seed = Seeds.of(MatrixTest.class);
    Random seeds = new Random(seed);
    long end = System.nanoTime() + RANDOM_PART.toNanos();
    int images = 0;
    for (; images == 0 || System.nanoTime() < end; images++) {
      Random random = new Random(seed);
      check(VdiSpec.any(random), random, Seeds.toRepeat(seed));
      seed = seeds.nextLong();
    }
    report(images + " random images");
  }

  private void check(VdiSpec spec, Random random, String which) throws IOException {
    try {
      VdiMaker.Made made = new VdiMaker(directory, random).make(spec);
      Path raw = Files.write(directory.resolve("disk.raw"), made.disk());
      try (DiskImage image = DiskImages.open(made.path(), Chain.READ_ONLY);
          DiskContent truth = DiskContent.of(raw)) {
        truth.check(image, random);
        checkExtents(image, made.disk());
        if (spec.isForQemu()) {
          QemuAgreement.check(made.path(), "vdi", image, random);
          byQemu++;
        }
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionError(which + ", " + spec + ": " + e.getMessage(), e);
    }
    empty();
  }

  /** The runs follow each other, cover the disk, and those that say so are zeroes. */
  private void checkExtents(DiskImage image, byte[] disk) throws IOException {
    ExtentCursor cursor = image.extents();
    long at = 0;
    for (Extent extent; (extent = cursor.next()) != null; ) {
      assertEquals(at, extent.offset());
      at = extent.end();
      deepest = Math.max(deepest, extent.depth());
      if (extent.readsAsZeroes()) {
        for (long i = extent.offset(); i < at; i++) {
          assertEquals(0, disk[(int) i], extent.toString());
        }
      }
    }
    assertEquals(disk.length, at);
  }

  private void report(String images) {
    System.out.println("MatrixTest: " + images + ", " + byQemu + " of them as qemu-img has it");
  }

  private void empty() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.delete(file);
      }
    }
  }
}
