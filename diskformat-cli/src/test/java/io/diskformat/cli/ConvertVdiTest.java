package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversion from and to VDI, beside qemu-img's. */
class ConvertVdiTest {
  @TempDir Path directory;
  private Path raw;

  @BeforeEach
  void writeDisk() throws IOException {
    Oracle.of("qemu-img");
    Random random = new Random(Seeds.of(getClass()));
    byte[] disk = new byte[512 * (6000 + random.nextInt(20_000))];
    random.nextBytes(disk);
    for (int i = 0; i < 6; i++) {
      int from = random.nextInt(disk.length);
      Arrays.fill(disk, from, Math.min(disk.length, from + random.nextInt(3 << 20)), (byte) 0);
    }
    raw = Files.write(directory.resolve("disk.raw"), disk);
  }

  @Test
  void theirsToEveryFormat() throws IOException {
    for (String options : List.of("static=off", "static=on")) {
      Path image = directory.resolve("theirs.vdi");
      Oracle.qemuImg("convert", "-f", "raw", "-O", "vdi", "-o", options, raw, image).orFail();
      for (String format : List.of("raw", "qcow2", "vdi")) {
        Path ours = directory.resolve("ours." + format);
        Cli.run("convert", "-f", "vdi", "-O", format, image, ours).orFail();
        Oracle.qemuImg("compare", "-f", format, "-F", "raw", ours, raw).orFail();
        Files.delete(ours);
      }
      Files.delete(image);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2"})
  void everyFormatToOurs(String format) throws IOException {
    Path source = directory.resolve("source." + format);
    Oracle.qemuImg("convert", "-f", "raw", "-O", format, raw, source).orFail();
    for (String options : List.of("static=off", "static=on")) {
      Path ours = directory.resolve("ours.vdi");
      Cli.run("convert", "-f", format, "-O", "vdi", "-o", options, source, ours).orFail();
      Oracle.qemuImg("check", "-f", "vdi", ours).orFail();
      Oracle.qemuImg("compare", "-f", "vdi", "-F", "raw", ours, raw).orFail();
      Files.delete(ours);
    }
  }

  /** What is not stored in theirs takes no room in ours. */
  @Test
  void isNoLargerThanTheirs() throws IOException {
    Path theirs = directory.resolve("theirs.vdi");
    Oracle.qemuImg("convert", "-f", "raw", "-O", "vdi", raw, theirs).orFail();
    Path ours = directory.resolve("ours.vdi");
    Cli.run("convert", "-f", "raw", "-O", "vdi", raw, ours).orFail();
    // Data begins at an aligned offset in ours.
    long mebibytes = Files.size(theirs) >> 20;
    assertEquals(mebibytes, Files.size(ours) - (1 << 20) >> 20, 1);
  }
}
