package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    // Zeroes in half of the disk at most: more than one block holds data, however small the disk.
    for (int i = 0; i < 6; i++) {
      int from = random.nextInt(disk.length);
      int length = random.nextInt(disk.length / 12);
      Arrays.fill(disk, from, Math.min(disk.length, from + length), (byte) 0);
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

  /** A difference to an image that is itself a difference, beside copies of both. */
  @Test
  void differencesToOurs() throws IOException {
    Path base = directory.resolve("base.vdi");
    Cli.run("convert", "-f", "raw", "-O", "vdi", raw, base).orFail();
    byte[] disk = Files.readAllBytes(raw);
    Path below = base;
    for (String name : List.of("middle.vdi", "top.vdi")) {
      disk[disk.length / 2] ^= 1;
      Arrays.fill(disk, 0, 1 << 20, (byte) 0);
      Files.write(raw, disk);
      Path image = directory.resolve(name);
      Object[] arguments = {
        "convert", "-f", "raw", "-O", "vdi", "-B", below.getFileName(), "-F", "vdi", raw, image
      };
      for (String policy : List.of("none", "any", "same-directory")) {
        // By default, nothing looks for the parent of the parent.
        boolean found = below.equals(base) || !policy.equals("none");
        Cli.Result result = Cli.run(with(arguments, "--references=" + policy));
        assertEquals(found ? 0 : 1, result.status(), result.error());
        assertEquals(found, Files.exists(image));
        Files.deleteIfExists(image);
      }
      Cli.run(arguments).orFail();
      Cli.run("compare", "-f", "vdi", "-F", "raw", image, raw).orFail();
      assertTrue(Files.size(image) < Files.size(base), () -> image + " is no difference");
      below = image;
    }
    Files.copy(base, directory.resolve("copy.vdi"));
    Path another = directory.resolve("another.vdi");
    Object[] overCopy = {
      "convert", "-f", "raw", "-O", "vdi", "-B", "copy.vdi", "-F", "vdi", raw, another
    };
    // The one that was named, and not the other that fits as well.
    Cli.run(overCopy).orFail();
    Cli.run("compare", "--parent", base, "-f", "vdi", "-F", "raw", another, raw).orFail();
    Object[] overMiddle = {
      "convert", "-f", "raw", "-O", "vdi", "-B", "middle.vdi", "-F", "vdi", raw, another
    };
    assertTrue(Cli.run(overMiddle).message(1).contains("--parent says which"));
    Cli.run(with(overMiddle, "--parent=" + base)).orFail();
  }

  private static Object[] with(Object[] arguments, String option) {
    Object[] more = Arrays.copyOf(arguments, arguments.length + 1);
    more[arguments.length] = option;
    return more;
  }
}
