package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same as qemu-img's. */
final class DdVerbTest {
  @TempDir private Path directory;
  private Path input;
  private Path output;

  @BeforeEach
  void writeInput() throws IOException {
    byte[] content = new byte[100_000];
    new Random(1).nextBytes(content);
    input = directory.resolve("in.raw");
    output = directory.resolve("out");
    Files.write(input, content);
  }

  private Object[] arguments(String operands) {
    return Stream.concat(
            Stream.of("dd", "-f", "raw"),
            Stream.concat(Stream.of(operands.split(" ")), Stream.of("if=" + input, "of=" + output)))
        .toArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bs=512",
        "bs=1000 count=3 skip=1",
        "bs=1000",
        "bs=1 count=700",
        "bs=4k skip=1 count=1",
        "bs=4k skip=1 count=2",
        "count=0",
        "bs=1k skip=50",
        "bs=64k count=9999999999",
        "skip=300",
        "bs=1M skip=1",
        "skip=9223372036854775807",
        "bs=2k bs=4k count=2"
      })
  void copiesTheSame(String operands) throws IOException {
    Oracle.Result theirs = Oracle.qemuImg(arguments(operands)).orFail();
    byte[] expected = Files.readAllBytes(output);
    Files.delete(output);
    Cli.Result ours = Cli.run(arguments(operands));
    assertEquals(0, ours.status());
    assertEquals(
        theirs.error().replace("qemu-img: ", ""), ours.error().replace("diskformat: ", ""));
    assertArrayEquals(expected, Files.readAllBytes(output));
  }

  @Test
  void copiesBetweenFormats() {
    Cli.run("dd", "-f", "raw", "-O", "qcow2", "bs=1k", "skip=3", "if=" + input, "of=" + output)
        .orFail();
    Path theirs = directory.resolve("theirs");
    Oracle.qemuImg("dd", "-f", "raw", "bs=1k", "skip=3", "if=" + input, "of=" + theirs).orFail();
    Oracle.qemuImg("check", "-f", "qcow2", output).orFail();
    Oracle.qemuImg("compare", "-f", "raw", "-F", "qcow2", theirs, output).orFail();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"bs=0", "bs=-1", "bs=3G", "count=x", "foo=1", "bs", "skip=", "-O nonesuch"})
  void refusesTheSame(String operands) {
    assertEquals(1, Oracle.qemuImg(arguments(operands)).exitCode());
    Cli.run(arguments(operands)).message(1);
    assertFalse(Files.exists(output));
  }

  @Test
  void needsBothFiles() {
    Cli.run("dd", "if=" + input).message(1);
    Cli.run("dd", "of=" + output).message(1);
    Cli.run("dd", "if=" + directory.resolve("none"), "of=" + output).message(1);
    // qemu-img destroys the input.
    Cli.run("dd", "-f", "raw", "if=" + input, "of=" + input).message(1);
  }
}
