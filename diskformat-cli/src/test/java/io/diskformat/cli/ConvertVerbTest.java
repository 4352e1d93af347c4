package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertVerbTest {
  @TempDir Path directory;
  private Path image;
  private Path target;

  @BeforeEach
  void writeImage() throws IOException {
    image = directory.resolve("demo.qcow2");
    DemoImage.write(image);
    target = directory.resolve("target.raw");
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private byte[] truth(String... options) throws IOException {
    Path raw = directory.resolve("truth.raw");
    Object[] arguments = new Object[options.length + 5];
    arguments[0] = "convert";
    System.arraycopy(options, 0, arguments, 1, options.length);
    int at = options.length + 1;
    arguments[at] = "-O";
    arguments[at + 1] = "raw";
    arguments[at + 2] = image;
    arguments[at + 3] = raw;
    Oracle.qemuImg(arguments).orFail();
    byte[] bytes = Files.readAllBytes(raw);
    Files.delete(raw);
    return bytes;
  }

  @Test
  void copiesADisk() throws IOException {
    byte[] truth = truth();
    List<List<String>> variants =
        List.of(
            List.of(),
            List.of("-O", "raw", "-f", "qcow2", "-m", "3", "-W", "-S", "64k"),
            List.of("-S", "0", "-t", "none", "-T", "writeback"),
            List.of("-o", "preallocation=full", "-U", "-q", "-p"));
    for (List<String> variant : variants) {
      Object[] arguments =
          Stream.of(Stream.of("convert"), variant.stream(), Stream.of(image, target))
              .flatMap(part -> part)
              .toArray();
      assertEquals("", Cli.run(arguments).orFail().output());
      assertArrayEquals(truth, Files.readAllBytes(target), variant.toString());
    }
    assertEquals(List.of("demo.qcow2", "target.raw"), files());
  }

  @Test
  void copiesASnapshot() throws IOException {
    byte[] truth = truth("-l", DemoImage.SNAPSHOT);
    for (String snapshot :
        List.of(
            "1",
            DemoImage.SNAPSHOT,
            "snapshot.id=1",
            "snapshot.name=" + DemoImage.SNAPSHOT,
            "snapshot.id=1,snapshot.name=" + DemoImage.SNAPSHOT)) {
      Cli.run("convert", "-l", snapshot, image, target).orFail();
      assertArrayEquals(truth, Files.readAllBytes(target), snapshot);
    }
    for (String snapshot : List.of("2", "", "snapshot.id=1,snapshot.name=x", "snapshot.age=1")) {
      Cli.run("convert", "-l", snapshot, image, target).message(1);
    }
  }

  @Test
  void writesOverWhatIsThere() throws IOException {
    Files.write(target, new byte[2 << 20]);
    Cli.run("convert", "-n", image, target).orFail();
    assertEquals(2 << 20, Files.size(target));
    Cli.run("compare", image, target).orFail();
    Files.write(target, new byte[512]);
    Cli.run("convert", "-n", image, target).message(1);
    Files.delete(target);
    Cli.run("convert", "-n", image, target).message(1);
    // What has a format of its own is not taken for raw.
    Path other = directory.resolve("other.qcow2");
    DemoImage.write(other);
    byte[] before = Files.readAllBytes(other);
    assertTrue(Cli.run("convert", "-n", image, other).message(1).contains("-O"));
    assertArrayEquals(before, Files.readAllBytes(other));
  }

  @Test
  void showsProgress() {
    String output = Cli.run("convert", "-p", image, target).orFail().output();
    assertTrue(output.startsWith("    (0.00/100%)\r"), output);
    assertTrue(output.endsWith("    (100.00/100%)\r\n"), output);
  }

  /** The checksum is that of the verb hash, and of the new image, too. */
  @Test
  void hashesOnTheWay() throws IOException {
    for (String name : List.of("sha256", "sha512")) {
      String expected = Cli.run("hash", "--algorithm", name, image).orFail().output();
      for (String format : List.of("raw", "qcow2", "vdi", "vmdk")) {
        String found =
            Cli.run("convert", "--hash", name, "-O", format, image, target).orFail().output();
        assertEquals(expected, found, format);
        String made = Cli.run("hash", "--algorithm", name, target).orFail().output();
        assertEquals(expected.substring(0, 64), made.substring(0, 64), format);
      }
    }
    Files.write(target, new byte[2 << 20]);
    String sum = Cli.run("hash", image).orFail().output();
    assertEquals(sum, Cli.run("convert", "--hash", "sha256", "-n", image, target).output());
    Cli.Result streamed = Cli.run("convert", "--hash", "sha256", "-O", "qcow2", image, "-");
    assertEquals(sum, streamed.error());
    Files.delete(target);
    assertTrue(Cli.run("convert", "--hash", "crc", image, target).message(1).contains("crc"));
    Cli.run("convert", "--hash", "sha256", image, image, target).message(1);
    assertFalse(Files.exists(target));
  }

  @Test
  void leavesNothingWhenItFails() throws IOException {
    Cli.run("convert", directory.resolve("none"), target).message(1);
    Cli.run("convert", "-O", "nonesuch", image, target).message(1);
    Cli.run("convert", "-o", "nonesuch=1", image, target).message(1);
    Cli.run("convert", "-m", "0", image, target).message(1);
    Cli.run("convert", "-m", "17", image, target).message(1);
    Cli.run("convert", "-m", "x", image, target).message(1);
    Cli.run("convert", "-S", "700", image, target).message(1);
    Cli.run("convert", "-S", "32M", image, target).message(1);
    Cli.run("convert", "-t", "sometimes", image, target).message(1);
    Cli.run("convert", image).message(1);
    Cli.run("convert", image, image).message(1);
    Cli.run("convert", "-r", "fast", image, target).message(1);
    Cli.run("convert", "-C", "--salvage", image, target).message(1);
    String bitmaps = Cli.run("convert", "--bitmaps", image, target).message(1);
    assertTrue(bitmaps.contains("does not support bitmaps"), bitmaps);
    assertEquals(List.of("demo.qcow2"), files());
  }

  /** Even where there is nothing to compress. */
  @Test
  void compressesOnlyWhereTheFormatHasCompressedClusters() throws IOException {
    Path zeroes = Files.write(directory.resolve("zeroes.raw"), new byte[1 << 20]);
    Path dense = Files.write(directory.resolve("dense.raw"), RandomContent.of(1, 0, 1 << 20));
    for (Path source : List.of(zeroes, dense)) {
      for (List<String> options :
          List.of(
              List.of("-Oraw"),
              List.of("-Ovdi"),
              List.of("-Oqcow2", "-odata_file=" + directory.resolve("data")))) {
        List<Object> arguments = new ArrayList<>(List.of("convert", "-c", "-f", "raw"));
        arguments.addAll(options);
        arguments.addAll(List.of(source, target));
        assertEquals(1, Oracle.qemuImg(arguments.toArray()).exitCode(), arguments.toString());
        Files.deleteIfExists(target);
        Files.deleteIfExists(directory.resolve("data"));
        String message = Cli.run(arguments.toArray()).message(1);
        assertTrue(message.startsWith(target + ": not supported: compressed "), message);
        assertEquals(List.of("demo.qcow2", "dense.raw", "zeroes.raw"), files());
      }
    }
  }

  /** Nor does qemu-img make anything of these. */
  @Test
  void refusesWhatMakesNoSenseTogether() throws IOException {
    Path base = directory.resolve("base.raw");
    Files.write(base, new byte[4096]);
    List<List<Object>> variants =
        List.of(
            List.of("-c", "-O", "raw", image, target),
            List.of("-c", "-C", "-O", "qcow2", image, target),
            List.of("-c", "-O", "qcow2", "-o", "preallocation=metadata", image, target),
            List.of("-C", "-S", "4k", "-O", "raw", image, target),
            List.of("--target-is-zero", "-O", "raw", image, target),
            List.of("-B", base, "-O", "qcow2", image, target),
            List.of("-F", "raw", "-O", "qcow2", image, target),
            List.of("-B", base, "-F", "raw", "-O", "raw", image, target),
            List.of("-B", base, "-F", "raw", "-O", "qcow2", image, image, target),
            List.of("-B", directory.resolve("none"), "-F", "raw", "-O", "qcow2", image, target),
            List.of("-l", DemoImage.SNAPSHOT, "-O", "qcow2", image, image, target),
            List.of("-n", "-o", "cluster_size=4k", "-O", "qcow2", image, image));
    for (List<Object> variant : variants) {
      Object[] arguments = Stream.concat(Stream.of("convert"), variant.stream()).toArray();
      assertEquals(1, Oracle.qemuImg(arguments).exitCode(), variant.toString());
      Files.deleteIfExists(target);
      Cli.run(arguments).message(1);
      assertEquals(List.of("base.raw", "demo.qcow2"), files(), variant.toString());
    }
  }

  private void assertSameAsTheirs(Object... arguments) throws IOException {
    Path theirs = directory.resolve("theirs");
    Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = theirs;
    Oracle.qemuImg(all).orFail();
    all[arguments.length] = target;
    assertEquals("", Cli.run(all).orFail().output());
    Oracle.qemuImg("compare", theirs, target).orFail();
    String info = Oracle.qemuImg("info", "--output=json", target).orFail().output();
    if (info.contains("qcow2")) {
      Oracle.qemuImg("check", target).orFail();
    }
    Files.delete(theirs);
  }

  @Test
  void compressesAndDiffersAndJoinsAsQemuImgDoes() throws IOException {
    Path base = directory.resolve("base.raw");
    Oracle.qemuImg("convert", "-O", "raw", "-l", DemoImage.SNAPSHOT, image, base).orFail();
    assertSameAsTheirs("convert", "-c", "-O", "qcow2", image);
    assertSameAsTheirs(
        "convert",
        "-c",
        "-m",
        "2",
        "-W",
        "-O",
        "qcow2",
        "-o",
        "compression_type=zstd,cluster_size=4k",
        image);
    assertSameAsTheirs("convert", "-O", "raw", image, base, image);
    assertSameAsTheirs("convert", "-c", "-O", "qcow2", base, image);
    assertSameAsTheirs("convert", "-C", "-O", "raw", image);
    assertSameAsTheirs("convert", "-O", "qcow2", "-B", "base.raw", "-F", "raw", image);
    assertSameAsTheirs("convert", "-c", "-O", "qcow2", "-B", base, "-F", "raw", image);
    assertSameAsTheirs(
        "convert", "-O", "qcow2", "-o", "backing_file=base.raw,backing_fmt=raw", image);
    // One in another directory is allowed since it was named.
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Path moved = Files.move(base, elsewhere.resolve("base.raw"));
    assertSameAsTheirs("convert", "-O", "qcow2", "-B", moved, "-F", "raw", image);
  }

  @Test
  void takesTheTargetToBeZero() throws IOException {
    Path base = directory.resolve("base.raw");
    Files.write(base, new byte[1 << 20]);
    Cli.run("create", "-q", "-f", "qcow2", target, "64M").orFail();
    Cli.run("convert", "-n", "--target-is-zero", "-c", "-O", "qcow2", image, target).orFail();
    Oracle.qemuImg("compare", image, target).orFail();
    Path overlay = directory.resolve("overlay.qcow2");
    Cli.run("create", "-q", "-f", "qcow2", "-b", "base.raw", "-F", "raw", overlay, "64M").orFail();
    String message =
        Cli.run("convert", "-n", "--target-is-zero", "-O", "qcow2", image, overlay).message(1);
    assertTrue(message.contains("backing file"), message);
  }
}
