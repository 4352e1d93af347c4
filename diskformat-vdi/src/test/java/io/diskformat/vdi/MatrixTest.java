package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.testing.DiskContent;
import io.diskformat.testing.MapEntry;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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
      Duration.ofSeconds(Long.getLong("diskformat.matrix.seconds", 10));

  @TempDir private Path directory;
  private int deepest;
  private int byQemu;

  @Test
  void everyPairOfValues() throws IOException {
    // Few images have all pairs, so that there is time for different ones that do.
    List<VdiSpec> specs = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      specs.addAll(VdiSpec.everyPair(new Random(i)));
    }
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
          checkMap(made.path(), image);
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
        byte[] zeroes = new byte[(int) extent.length()];
        int from = (int) extent.offset();
        int differs = Arrays.mismatch(disk, from, from + zeroes.length, zeroes, 0, zeroes.length);
        assertEquals(-1, differs, extent.toString());
      }
    }
    assertEquals(disk.length, at);
  }

  /** To QEMU all of a disk is present where a format, as it has it, knows no images below. */
  private static void checkMap(Path path, DiskImage image) throws IOException {
    String json = Oracle.qemuImg("map", "-f", "vdi", "--output=json", path).orFail().output();
    List<MapEntry> theirs = MapEntry.parse(json);
    for (MapEntry our : MapEntry.of(image)) {
      for (MapEntry their : MapEntry.within(theirs, our.start(), our.length())) {
        MapEntry same = MapEntry.within(List.of(our), their.start(), their.length()).getFirst();
        assertEquals(their.zero(), same.zero(), their.toString());
        assertEquals(their.data(), same.data(), their.toString());
        assertEquals(their.offset(), same.offset(), their.toString());
      }
    }
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
