package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images go back and forth between this library and QEMU, and both see the same disk. */
final class InteropTest {
  private static final int SECTOR = 512;

  @TempDir private Path directory;

  /** Ours and QEMU's, of both kinds; QEMU knows no blocks but of 1 MiB. */
  @ParameterizedTest
  @ValueSource(strings = {"ours", "ours static", "qemu", "qemu static", "converted"})
  void writesOfBothInTurn(String maker) throws IOException {
    Oracle.of("qemu-img");
    long seed = Seeds.of(getClass());
    Random random = new Random(seed);
    for (int i = 0; i < 3; i++) {
      byte[] model = new byte[SECTOR * (1 + random.nextInt(20_000))];
      Path image = directory.resolve("image.vdi");
      make(maker, image, model);
      for (int turn = 0; turn < 4; turn++) {
        if ((turn + i) % 2 == 0) {
          writeByUs(image, model, random);
        } else {
          writeByQemu(image, model, random);
        }
        agree(image, model, maker + ", turn " + turn + ", " + Seeds.toRepeat(seed));
      }
      Files.delete(image);
    }
  }

  private void make(String maker, Path image, byte[] model) throws IOException {
    switch (maker) {
      case "ours" -> DiskImages.create(image, CreateOptions.format("vdi").size(model.length));
      case "ours static" ->
          DiskImages.create(
              image, CreateOptions.format("vdi").size(model.length).option("static", "on"));
      case "qemu" -> Oracle.qemuImg("create", "-q", "-f", "vdi", image, model.length).orFail();
      case "qemu static" ->
          Oracle.qemuImg("create", "-q", "-f", "vdi", "-o", "static=on", image, model.length)
              .orFail();
      default -> {
        new Random(model.length).nextBytes(model);
        Path raw = Files.write(directory.resolve("raw"), model);
        Oracle.qemuImg("convert", "-f", "raw", "-O", "vdi", raw, image).orFail();
      }
    }
  }

  private static void writeByUs(Path image, byte[] model, Random random) throws IOException {
    try (DiskImage disk = DiskImages.open(image, Chain.WRITABLE)) {
      for (int i = 0; i < 12; i++) {
        int offset = random.nextInt(model.length);
        int length = 1 + random.nextInt(Math.min(model.length - offset, 2 << 20));
        byte[] content = new byte[length];
        switch (random.nextInt(4)) {
          case 0 -> disk.writeZeroes(offset, length);
          case 1 -> {
            disk.discard(offset, length);
            // What it held, or zeroes.
            disk.read(offset, content);
          }
          default -> {
            random.nextBytes(content);
            disk.write(offset, content);
          }
        }
        System.arraycopy(content, 0, model, offset, length);
      }
    }
  }

  private void writeByQemu(Path image, byte[] model, Random random) throws IOException {
    QemuIo qemu = QemuIo.on(image, "vdi");
    for (int i = 0; i < 6; i++) {
      int offset = SECTOR * random.nextInt(model.length / SECTOR);
      int length = SECTOR * (1 + random.nextInt(Math.min(4000, (model.length - offset) / SECTOR)));
      int value = 1 + random.nextInt(255);
      qemu.fill(value, offset, length);
      Arrays.fill(model, offset, offset + length, (byte) value);
    }
    Oracle.Result _ = qemu.run().orFail();
  }

  private void agree(Path image, byte[] model, String when) throws IOException {
    try (DiskImage disk = DiskImages.open(image, Chain.READ_ONLY)) {
      byte[] found = new byte[model.length];
      assertEquals(model.length, disk.size(), when);
      disk.read(0, found);
      assertEquals(-1, Arrays.mismatch(found, model), when);
    }
    Path raw = Files.write(directory.resolve("model.raw"), model);
    Oracle.qemuImg("compare", "-f", "vdi", "-F", "raw", image, raw).orFail();
    Oracle.qemuImg("check", "-f", "vdi", image).orFail();
  }

  /** What QEMU does not read others do: our own reading of the format, and 7-Zip. */
  @Test
  void sevenZipReadsOurs() throws IOException {
    Oracle sevenZip = Oracle.of("7z").in(directory);
    byte[] content = new byte[(5 << 20) + 1536];
    new Random(1).nextBytes(content);
    Arrays.fill(content, 1 << 20, 3 << 20, (byte) 0);
    Path image = directory.resolve("image.vdi");
    DiskImages.create(
        image, CreateOptions.format("vdi").size(content.length), disk -> disk.write(0, content));
    sevenZip.run("x", "-y", "-tVDI", image).orFail();
    assertArrayEquals(content, Files.readAllBytes(directory.resolve("image.img")));
  }
}
