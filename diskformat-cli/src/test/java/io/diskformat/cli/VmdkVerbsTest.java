package io.diskformat.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The verbs on VMDK images that qemu-img made. */
class VmdkVerbsTest {
  private static final int SIZE = 3 << 20;

  @TempDir Path directory;
  private Path raw;
  private Path image;

  @BeforeEach
  void makeRaw() throws IOException {
    byte[] content = new byte[SIZE];
    new Random(1).nextBytes(content);
    java.util.Arrays.fill(content, 1 << 20, 2 << 20, (byte) 0);
    raw = Files.write(directory.resolve("disk.raw"), content);
    image = directory.resolve("disk.vmdk");
  }

  private void make(String subformat) {
    Oracle.qemuImg("convert", "-O", "vmdk", "-o", "subformat=" + subformat, raw, image).orFail();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "monolithicSparse",
        "monolithicFlat",
        "twoGbMaxExtentSparse",
        "twoGbMaxExtentFlat",
        "streamOptimized"
      })
  void readEverySubformat(String subformat) throws IOException {
    make(subformat);
    Cli.run("compare", "-f", "raw", "-F", "vmdk", raw, image).orFail();
    Path copy = directory.resolve("copy.raw");
    Cli.run("convert", "-O", "raw", image, copy).orFail();
    assertEquals(-1, Files.mismatch(raw, copy));
    Path qcow2 = directory.resolve("copy.qcow2");
    Cli.run("convert", "-O", "qcow2", image, qcow2).orFail();
    Oracle.qemuImg("compare", "-f", "raw", "-F", "qcow2", raw, qcow2).orFail();
    String hash = Cli.run("hash", "-f", "raw", raw).orFail().output();
    assertEquals(
        hash.substring(0, hash.indexOf(' ')),
        Cli.run("hash", image).orFail().output().substring(0, hash.indexOf(' ')));
    String info = Cli.run("info", image).orFail().output();
    assertTrue(info.contains("file format: vmdk\nvirtual size: 3 MiB (3145728 bytes)"), info);
    assertTrue(info.contains("    create type: " + subformat + "\n"), info);
    assertTrue(info.contains("    extents:\n        [0]:\n"), info);
    if (!subformat.endsWith("Flat")) {
      // Of the host's holes under a flat file QEMU says that they are data, and read as zeroes.
      String map = Cli.run("map", "--output=json", image).orFail().output();
      assertEquals(
          withoutCompressed(Oracle.qemuImg("map", "--output=json", image).orFail().output()),
          withoutCompressed(map));
    }
  }

  /** Older versions of QEMU do not say it. */
  private static String withoutCompressed(String map) {
    return map.replaceAll(", \"compressed\": (true|false)", "");
  }

  @Test
  void chains() throws IOException {
    make("monolithicSparse");
    Path child = directory.resolve("child.vmdk");
    Oracle.qemuImg("create", "-q", "-f", "vmdk", "-b", image, "-F", "vmdk", child).orFail();
    QemuIo.on(child, "vmdk").fill(7, 65536, 100_000).run().orFail();
    Path shown = directory.resolve("shown.raw");
    Oracle.qemuImg("convert", "-O", "raw", child, shown).orFail();
    Cli.run("compare", "-f", "raw", shown, child).orFail();
    String chain = Cli.run("info", "--backing-chain", child).orFail().output();
    assertTrue(chain.contains("backing file: " + image), chain);
    String message = Cli.run("map", "--references=none", child).message(1);
    assertTrue(message.contains("--references says which"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "monolithicSparse",
        "monolithicFlat",
        "twoGbMaxExtentSparse",
        "twoGbMaxExtentFlat",
        "vmfs",
        "streamOptimized"
      })
  void writeEverySubformat(String subformat) throws IOException {
    Cli.run("convert", "-O", "vmdk", "-o", "subformat=" + subformat, raw, image).orFail();
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vmdk", raw, image).orFail();
    Cli.run("check", image).orFail();
    Path empty = directory.resolve("empty.vmdk");
    String line =
        Cli.run("create", "-f", "vmdk", "-o", "subformat=" + subformat, empty, "5M")
            .orFail()
            .output();
    assertTrue(line.startsWith("Formatting '" + empty + "', fmt=vmdk size=5242880"), line);
    Cli.run("check", empty).orFail();
    assertTrue(Cli.run("info", empty).orFail().output().contains("create type: " + subformat));
  }

  /** To the standard output, and from the standard input. */
  @Test
  void streams() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] writing = {
      "convert", "-p", "-O", "vmdk", "-o", "subformat=streamOptimized", raw.toString(), "-"
    };
    assertEquals(0, DiskformatCommand.run(writing, out, err), err.toString(UTF_8));
    Files.write(image, out.toByteArray());
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vmdk", raw, image).orFail();
    Path qcow2 = directory.resolve("copy.qcow2");
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream(out.toByteArray()));
      Cli.run("convert", "-O", "qcow2", "-", qcow2).orFail();
      Oracle.qemuImg("compare", "-f", "raw", "-F", "qcow2", raw, qcow2).orFail();
      System.setIn(new ByteArrayInputStream(out.toByteArray(), 0, out.size() / 2));
      Path none = directory.resolve("none.qcow2");
      String message = Cli.run("convert", "-O", "qcow2", "-", none).message(1);
      assertTrue(message.contains("standard input") && message.contains("cut short"), message);
      assertFalse(Files.exists(none));
    } finally {
      System.setIn(before);
    }
    String message = Cli.run("convert", "-O", "vmdk", raw, "-").message(1);
    assertTrue(message.contains("in one pass"), message);
    Cli.run("convert", "-O", "raw", raw, "-", "-").message(1);
  }

  @Test
  void resizedCompactedAndCommittedAsQemuReadsIt() throws IOException {
    make("monolithicSparse");
    Cli.run("resize", image, "9G").orFail();
    Oracle.qemuImg("check", "-f", "vmdk", image).orFail();
    Cli.run("resize", "--shrink", image, SIZE).orFail();
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vmdk", raw, image).orFail();
    Path child = directory.resolve("child.vmdk");
    Oracle.qemuImg("create", "-q", "-f", "vmdk", "-b", "disk.vmdk", "-F", "vmdk", child, "" + SIZE)
        .orFail();
    QemuIo.on(child, "vmdk").fill(7, 1 << 20, 1 << 20).run().orFail();
    Cli.run("commit", child).orFail();
    byte[] content = Files.readAllBytes(raw);
    java.util.Arrays.fill(content, 1 << 20, 2 << 20, (byte) 7);
    Files.write(raw, content);
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vmdk", raw, image).orFail();
    Cli.run("compact", image).orFail();
    Oracle.qemuImg("check", "-f", "vmdk", image).orFail();
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vmdk", raw, image).orFail();
  }
}
