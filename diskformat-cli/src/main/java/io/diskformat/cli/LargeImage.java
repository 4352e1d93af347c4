package io.diskformat.cli;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** The step of the demo that converts and hashes a large disk with little on it. */
final class LargeImage {
  private static final long SIZE = 64L << 30;
  private static final int PIECES = 48;
  private static final int PIECE = 2 << 20;

  private final Narration narration;
  private final Path directory;

  LargeImage(Narration narration, Path directory) {
    this.narration = narration;
    this.directory = directory;
  }

  void run() throws IOException {
    narration.step("Convert and hash a large sparse disk", "Conversion.from(image).to(path, ...)");
    Path qcow2 = directory.resolve("large.qcow2");
    Path raw = directory.resolve("large.raw");
    Path theirs = directory.resolve("qemu.raw");
    create(qcow2);
    try (DiskImage image = DiskImages.open(qcow2)) {
      long start = System.nanoTime();
      Conversion.from(image).to(raw, CreateOptions.format("raw")).run();
      narration.say(
          "qcow2 to raw, " + described() + ": " + Narration.seconds(System.nanoTime() - start));
      compareWithQemu(qcow2, raw, theirs);
      hash(image, raw);
    } finally {
      Files.deleteIfExists(theirs);
      Files.deleteIfExists(raw);
      Files.deleteIfExists(qcow2);
    }
  }

  private static String described() {
    return Sizes.human((long) PIECES * PIECE) + " of data on " + Sizes.human(SIZE);
  }

  private static void create(Path path) throws IOException {
    DiskImages.create(path, CreateOptions.format("qcow2").size(SIZE));
    byte[] content = new byte[PIECE];
    Random random = new Random(PIECES);
    try (DiskImage disk = DiskImages.open(path, OpenOptions.writable().format("qcow2"))) {
      for (int i = 0; i < PIECES; i++) {
        random.nextBytes(content);
        disk.write(SIZE / PIECES * i & -PIECE, content);
      }
    }
  }

  private void compareWithQemu(Path qcow2, Path raw, Path theirs) throws IOException {
    long start = System.nanoTime();
    if (!QemuImg.run("convert", "-O", "raw", qcow2.toString(), theirs.toString())) {
      narration.say("(with qemu-img installed, it would be timed beside)");
      return;
    }
    narration.say("qemu-img, the same: " + Narration.seconds(System.nanoTime() - start));
    try (DiskImage one = DiskImages.open(raw, OpenOptions.readOnly().format("raw"));
        DiskImage other = DiskImages.open(theirs, OpenOptions.readOnly().format("raw"))) {
      narration.say("the two results: " + DemoTour.verdict(Comparison.of(one, other).run()));
    }
  }

  private void hash(DiskImage image, Path raw) throws IOException {
    long start = System.nanoTime();
    String hash = ContentHash.sha256().of(image).hex();
    narration.say(
        "content hash of the qcow2 image: "
            + hash.substring(0, 16)
            + "..., "
            + Narration.seconds(System.nanoTime() - start));
    try (DiskImage copy = DiskImages.open(raw, OpenOptions.readOnly().format("raw"))) {
      boolean same = ContentHash.sha256().of(copy).hex().equals(hash);
      narration.say("content hash of the raw one: " + (same ? "the same" : "another one"));
    }
  }
}
