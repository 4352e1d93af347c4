package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Measurement;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A new image is no larger than was measured, and a preallocated one no larger than at most. */
final class MeasuredSizesTest {
  @TempDir private Path directory;

  @Test
  void newImagesAreNoLargerThanMeasured() throws IOException {
    Random random = new Random(Seeds.of(getClass(), 1));
    for (int i = 0; i < 3; i++) {
      Path raw = directory.resolve("disk.raw");
      int size = random.nextInt(1, 16_000) * 512;
      Files.deleteIfExists(raw);
      DiskImages.create(raw, CreateOptions.format("raw").size(size));
      try (DiskImage disk = DiskImages.open(raw, OpenOptions.writable().format("raw"))) {
        for (int j = random.nextInt(5); j > 0; j--) {
          long offset = random.nextInt(size);
          int length = (int) Math.min(size - offset, random.nextInt(1, 1 << 20));
          disk.write(offset, RandomContent.of(random.nextLong(), offset, length));
        }
      }
      for (String target :
          List.of(
              "raw",
              "qcow2",
              "qcow2 cluster_size=512 refcount_bits=64",
              "qcow2 cluster_size=2M extended_l2=on",
              "qcow2 preallocation=falloc",
              "vdi",
              "vdi block_size=64k",
              "vdi static=on",
              "vmdk",
              "vmdk subformat=twoGbMaxExtentSparse",
              "vmdk subformat=monolithicFlat",
              "vmdk subformat=vmfsSparse",
              "vmdk subformat=streamOptimized")) {
        check(raw, target);
      }
    }
  }

  private void check(Path raw, String target) throws IOException {
    Path in = Files.createDirectories(directory.resolve("made"));
    CreateOptions options = CreateOptions.format(target.split(" ")[0]);
    for (String option : target.split(" ")) {
      if (option.contains("=")) {
        options = options.option(option.split("=")[0], option.split("=")[1]);
      }
    }
    Measurement measured;
    try (DiskImage source = DiskImages.open(raw, OpenOptions.readOnly().format("raw"))) {
      measured = DiskImages.measure(source, options);
      Conversion.from(source).to(in.resolve("new.img"), options).run();
    }
    long length = 0;
    try (Stream<Path> files = Files.list(in)) {
      for (Path file : files.toList()) {
        length += Files.size(file);
        Files.delete(file);
      }
    }
    assertTrue(length <= measured.required(), target + ": " + length + ", but " + measured);
    assertTrue(measured.required() <= measured.fullyAllocated(), target + ": " + measured);
  }

  /** Where QEMU has the same format, it says the same. */
  @Test
  void encryptedImagesAreMeasuredAsQemuDoes() {
    Object[] secret = {"--object", "secret,id=s,data=abc"};
    for (List<String> target :
        List.of(
            List.of("luks", "key-secret=s"),
            List.of("qcow2", "encrypt.format=luks,encrypt.key-secret=s,cluster_size=4k"))) {
      Object[] arguments = {"-O", target.get(0), "-o", target.get(1), "--size", "123M"};
      Object[] command =
          Stream.of(Stream.of("measure"), Stream.of(secret), Stream.of(arguments))
              .flatMap(part -> part)
              .toArray();
      assertEquals(Oracle.qemuImg(command).orFail().output(), Cli.run(command).orFail().output());
    }
  }

  @Test
  void whatIsNotCreatedIsNotMeasured() {
    assertThrows(
        UnsupportedFeatureException.class,
        () -> DiskImages.measure(CreateOptions.format("iso").size(1 << 20)));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            DiskImages.measure(CreateOptions.format("raw").size(1 << 20).option("nonesuch", "1")));
  }
}
