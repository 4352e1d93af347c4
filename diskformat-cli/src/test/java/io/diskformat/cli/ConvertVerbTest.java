package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    Cli.run("convert", image, image, target).message(1);
    Cli.run("convert", image, image).message(1);
    for (String option : List.of("-c", "-C", "--salvage", "--bitmaps")) {
      assertTrue(Cli.run("convert", option, image, target).message(1).contains(option));
    }
    assertEquals(List.of("demo.qcow2"), files());
  }
}
