package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same as qemu-img's, but for how long it takes. */
final class BenchVerbTest {
  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void writeImage() throws IOException {
    image = directory.resolve("x.raw");
    blank();
  }

  private void blank() throws IOException {
    Files.write(image, new byte[64 << 10]);
  }

  private Object[] arguments(String options) {
    return Stream.concat(
            Stream.of("bench", "-f", "raw"),
            Stream.concat(Stream.of(options.split(" ")), Stream.of(image)))
        .toArray();
  }

  private static String withoutTime(String output) {
    return output.replaceAll("[0-9.]+ seconds", "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-c 10",
        "-c 0",
        "-c 10 -q -n -i threads -t none",
        "-s 100 -c 3",
        "-S 0 -c 3",
        "-c 5 --pattern=3 --no-drain",
        "-o 8k -c 3",
        "-w -c 20 -s 4096 -S 6000 --pattern=7 -d 1",
        "-w -c 9 -s 512 -S 8192 --pattern=255 -d 3",
        "-w -c 10 -d 1 --flush-interval=3 --pattern=1",
        "-w -c 10 -d 2 --flush-interval=5 --no-drain --pattern=1",
        "-w -c 16 -d 8 --flush-interval=8 --pattern=1 -o 4k -S 12k"
      })
  void doesTheSame(String options) throws IOException {
    String theirs = Oracle.qemuImg(arguments(options)).orFail().output();
    byte[] expected = Files.readAllBytes(image);
    blank();
    assertEquals(withoutTime(theirs), withoutTime(Cli.run(arguments(options)).orFail().output()));
    assertArrayEquals(expected, Files.readAllBytes(image));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-c 4 -s 128k",
        "-w -c 4 -d 1 -s 40000",
        "-c 1 -o 61500",
        "-c x",
        "-s 3G",
        "--pattern=300",
        "-w -d 20 --flush-interval=3",
        "-d 1 --flush-interval=3",
        "-i foo",
        "-t foo",
        "second.raw"
      })
  void refusesTheSame(String options) {
    assertEquals(1, Oracle.qemuImg(arguments(options)).exitCode());
    Cli.run(arguments(options)).message(1);
  }

  @Test
  void writesNoImageWhoseFormatIsNotKnown() {
    Cli.run("bench", "-w", "-c", "1", image).message(1);
    // With qemu-img it never ends.
    Cli.run("bench", "-d", "0", image).message(1);
  }
}
