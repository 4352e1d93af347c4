package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuAgreement;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A generated matrix of images, each read as qemu-img reads it. One part is the same each time and
 * has every possible pair of values of two dimensions; the other is as random as its seed.
 */
class MatrixTest {
  /** How long the random part goes on; {@code -Ddiskformat.matrix.seconds=3600} for a long run. */
  private static final Duration RANDOM_PART =
      Duration.ofSeconds(Long.getLong("diskformat.matrix.seconds", 60));

  /** What qcow2 can say of a run of a disk, by {@link #kind}. */
  private static final Set<String> EVERY_KIND =
      Set.of(
          "HOLE",
          "HOLE at an offset",
          "ZERO",
          "ZERO at an offset",
          "DATA at an offset",
          "DATA at an offset reading zeroes",
          "DATA compressed");

  @TempDir private Path directory;
  private final Map<String, Integer> imagesWithKind = new TreeMap<>();
  private int deepest;

  @Test
  void everyPairOfValues() throws IOException {
    Oracle.of("qemu-img");
    List<ImageSpec> specs = ImageSpec.everyPair(new Random(1));
    for (int i = 0; i < specs.size(); i++) {
      check(specs.get(i), new Random(i), "image " + i);
    }
    report(specs.size() + " images with every pair of values");
    assertEquals(EVERY_KIND, imagesWithKind.keySet());
    assertEquals(3, deepest, "depth of the deepest extent");
  }

  @Test
  void random() throws IOException {
    Oracle.of("qemu-img");
    // The seed is that of the first image, so what a failure tells is all that is needed again.
    long seed = Seeds.of(MatrixTest.class);
    Random seeds = new Random(seed);
    long end = System.nanoTime() + RANDOM_PART.toNanos();
    int images = 0;
    for (; images == 0 || System.nanoTime() < end; images++) {
      Random random = new Random(seed);
      check(ImageSpec.any(random), random, Seeds.toRepeat(seed));
      seed = seeds.nextLong();
    }
    report(images + " random images");
  }

  private void check(ImageSpec spec, Random random, String which) throws IOException {
    try {
      MadeImage made = new ImageMaker(directory, random).make(spec);
      OpenOptions options = OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());
      try (DiskImage image = DiskImages.open(made.path(), options)) {
        note(image);
        QemuAgreement.check(made.path(), made.format(), image, random);
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionError(which + ", " + spec + ": " + e.getMessage(), e);
    }
    empty();
  }

  private void note(DiskImage image) throws IOException {
    Set<String> kinds = new HashSet<>();
    ExtentCursor cursor = image.extents();
    for (Extent extent; (extent = cursor.next()) != null; ) {
      kinds.add(kind(extent));
      deepest = Math.max(deepest, extent.depth());
    }
    kinds.forEach(kind -> imagesWithKind.merge(kind, 1, Integer::sum));
  }

  private static String kind(Extent extent) {
    return extent.kind()
        + (extent.hostOffset() >= 0 ? " at an offset" : "")
        + (extent.compressed() ? " compressed" : "")
        + (extent.kind() == Extent.Kind.DATA && extent.readsAsZeroes() ? " reading zeroes" : "");
  }

  private void report(String images) {
    System.out.println(
        "MatrixTest: " + images + "; how many have which extents: " + imagesWithKind);
  }

  private void empty() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.delete(file);
      }
    }
  }
}
