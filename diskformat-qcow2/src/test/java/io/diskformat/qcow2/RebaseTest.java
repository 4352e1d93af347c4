package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.Rebase;
import io.diskformat.RecordedReference;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferencePolicy;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rebase changes what an image is a difference to, and not what it shows. */
final class RebaseTest {
  /** How many random ones; {@code -Ddiskformat.rebase.images=1000} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.rebase.images", 10);

  @TempDir private Path directory;

  private static ImageMaintenance maintain(Path image) throws IOException {
    return DiskImages.maintain(
        image, OpenOptions.writable().format("qcow2").references(ReferencePolicy.sameDirectory()));
  }

  private static void rebase(Path image, Rebase rebase) throws IOException {
    try (ImageMaintenance opened = maintain(image)) {
      opened.rebase(rebase, ProgressListener.NONE);
    }
  }

  @Test
  void theDiskStaysTheSame() throws IOException {
    Oracle.of("qemu-img");
    Random seeds = new Random(Seeds.of(getClass(), 1));
    for (int i = 0; i < IMAGES; i++) {
      long seed = seeds.nextLong();
      Path in = Files.createDirectory(directory.resolve("run" + i));
      try {
        rebaseRandomly(new Random(seed), in);
      } catch (AssertionError | IOException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
      try (Stream<Path> files = Files.list(in)) {
        for (Path made : files.toList()) {
          Files.delete(made);
        }
      }
    }
  }

  private static void rebaseRandomly(Random random, Path in) throws IOException {
    ImageSpec spec = ImageSpec.any(random);
    while (spec.snapshots() != ImageSpec.Snapshots.NONE
        || spec.dataFile() == ImageSpec.DataFile.EXTERNAL_RAW) {
      spec = ImageSpec.any(random);
    }
    MadeImage made = new ImageMaker(in, random).make(spec);
    int found = qemuImg(in, "check", made.path()).exitCode();
    boolean sound = found == 0;
    if (found == 2) {
      // QEMU itself made it so that two clusters share a place, and one of them is about to change.
      return;
    }
    Path before = raw(in, made.name(), "before");
    for (int i = 0; i < 3; i++) {
      boolean compress = spec.dataFile() == ImageSpec.DataFile.NONE && random.nextInt(3) == 0;
      if (random.nextInt(4) == 0) {
        rebase(made.path(), settled(Rebase.ontoNothing(), compress));
        assertEquals(Optional.empty(), backing(made.path()));
      } else {
        String format = random.nextBoolean() ? "raw" : "qcow2";
        String name = "new" + i + "x".repeat(random.nextInt(20));
        anotherBase(in, made.name(), name, format, random);
        rebase(made.path(), settled(Rebase.onto(name, format), compress));
        RecordedReference recorded = backing(made.path()).orElseThrow();
        assertEquals(name, recorded.name());
        assertEquals(Optional.of(format), recorded.format());
      }
      String what = spec + ", rebase " + i;
      assertEquals(-1, Files.mismatch(before, raw(in, made.name(), "after" + i)), what);
      if (sound) {
        qemuImg(in, "check", made.path()).orFail();
      }
    }
  }

  private static Rebase settled(Rebase rebase, boolean compress) {
    return compress ? rebase.compress() : rebase;
  }

  private static Oracle.Result qemuImg(Path in, Object... arguments) {
    return Oracle.of("qemu-img").in(in).run(arguments);
  }

  /** Makes an image that holds something like what another one does, larger or smaller. */
  private static void anotherBase(Path in, String like, String name, String format, Random random)
      throws IOException {
    Path made = in.resolve(name);
    qemuImg(in, "convert", "-O", format, like, made).orFail();
    long size;
    try (DiskImage disk = DiskImages.open(made, OpenOptions.writable().format(format))) {
      for (int i = random.nextInt(6); i > 0; i--) {
        long offset = random.nextLong(disk.size());
        int length = (int) Math.min(disk.size() - offset, random.nextInt(1, 200_000));
        if (random.nextInt(3) == 0) {
          disk.writeZeroes(offset, length);
        } else {
          disk.write(offset, RandomContent.of(random.nextLong(), offset, length));
        }
      }
      size = disk.size();
    }
    if (random.nextBoolean()) {
      long other = random.nextLong(512, size + (size >> 1) + 1024) / 512 * 512;
      qemuImg(in, "resize", "--shrink", "-f", format, made, other).orFail();
      if (other > size) {
        try (DiskImage disk = DiskImages.open(made, OpenOptions.writable().format(format))) {
          disk.write(size, RandomContent.of(random.nextLong(), size, (int) (other - size)));
        }
      }
    }
  }

  private static Optional<RecordedReference> backing(Path image) throws IOException {
    try (DiskImage disk = DiskImages.open(image, OpenOptions.readOnly().metadataOnly())) {
      return disk.info().backing();
    }
  }

  private static Path raw(Path in, String name, String as) {
    Path raw = in.resolve(as + ".content");
    qemuImg(in, "convert", "-O", "raw", name, raw).orFail();
    return raw;
  }

  // The header

  @Test
  void theHeaderKeepsAllElse() throws IOException {
    for (String options :
        List.of(
            "compat=0.10,cluster_size=512",
            "compat=0.10",
            "cluster_size=512",
            "cluster_size=1k",
            "cluster_size=2k,refcount_bits=1",
            "data_file=data.raw,compression_type=zlib",
            "compression_type=zstd,extended_l2=on")) {
      Path image = directory.resolve("image.qcow2");
      qemuImg(directory, "create", "-q", "-f", "qcow2", "-o", options, image, "1M").orFail();
      boolean withBitmap = options.contains("compression_type=zstd");
      if (withBitmap) {
        qemuImg(directory, "bitmap", "--add", image, "a").orFail();
      }
      ImageInfo before = info(image);
      for (int length : new int[] {1, 100, 7, 300, 1023, 0, 1023, 1022, 40}) {
        if (options.contains("=512") && length > 300
            || options.contains("=1k") && length > 400
            || options.contains("=2k") && length > 500) {
          continue;
        }
        Rebase rebase =
            length == 0
                ? Rebase.ontoNothing()
                : Rebase.onto("n".repeat(length), length % 2 == 0 ? "qcow2" : "raw");
        rebase(image, rebase.recordOnly());
        ImageInfo after = info(image);
        assertEquals(before.details(), after.details(), options);
        assertEquals(length == 0, after.backing().isEmpty());
        String answer = qemuImg(directory, "info", "-U", image).orFail().output();
        if (length > 0) {
          assertTrue(answer.contains("backing file: " + "n".repeat(length)), answer);
          assertTrue(answer.contains("backing file format: " + rebase.format().get()), answer);
        }
      }
      Files.delete(image);
    }
  }

  private static ImageInfo info(Path image) throws IOException {
    try (DiskImage disk = DiskImages.open(image, OpenOptions.readOnly().metadataOnly())) {
      return disk.info();
    }
  }

  @Test
  void aNameWithoutRoomChangesNothing() throws IOException {
    Path image = directory.resolve("image.qcow2");
    DiskImages.create(
        image, CreateOptions.format("qcow2").size(1 << 20).option("cluster_size", "512"));
    byte[] before = Files.readAllBytes(image);
    Rebase rebase = Rebase.onto("n".repeat(600), "raw").recordOnly();
    assertThrows(IOException.class, () -> rebase(image, rebase));
    assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(image)));
  }

  // What cannot be

  @Test
  void refusesWhatCannotBe() throws IOException {
    Path image = directory.resolve("image.qcow2");
    Path other = directory.resolve("other.qcow2");
    Path raw = directory.resolve("disk.raw");
    Files.write(raw, new byte[4096]);
    CreateOptions options = CreateOptions.format("qcow2").size(1 << 20);
    DiskImages.create(image, options);
    DiskImages.create(
        other, options.option("backing_file", "image.qcow2").option("backing_fmt", "qcow2"));
    byte[] before = Files.readAllBytes(image);
    assertRefused(DiskFormatException.class, image, Rebase.onto("image.qcow2", "qcow2"));
    assertRefused(DiskFormatException.class, image, Rebase.onto("other.qcow2", "qcow2"));
    assertRefused(DiskFormatException.class, image, Rebase.onto("disk.raw", "qcow2"));
    assertRefused(IOException.class, image, Rebase.onto("none", "raw"));
    assertRefused(ReferenceDeniedException.class, image, Rebase.onto("/dev/null", "raw"));
    assertRefused(IllegalArgumentException.class, image, Rebase.onto("nbd:a", "raw").recordOnly());
    qemuImg(directory, "snapshot", "-c", "s", other).orFail();
    assertRefused(UnsupportedFeatureException.class, other, Rebase.onto("disk.raw", "raw"));
    assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(image)));
    try (ImageMaintenance reader = DiskImages.maintain(image, QCOW2.readOnly())) {
      assertThrows(
          UnsupportedOperationException.class,
          () -> reader.rebase(Rebase.ontoNothing(), ProgressListener.NONE));
    }
    try (ImageMaintenance ofRaw = DiskImages.maintain(raw, OpenOptions.writable().format("raw"))) {
      assertThrows(
          UnsupportedFeatureException.class,
          () -> ofRaw.rebase(Rebase.ontoNothing(), ProgressListener.NONE));
    }
  }

  private static void assertRefused(Class<? extends Exception> because, Path image, Rebase rebase) {
    assertThrows(because, () -> rebase(image, rebase));
  }
}
