package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ParentResolver;
import io.diskformat.ReferencePolicy;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code check}, {@code commit} and {@code compact}. */
class MaintenanceVerbsTest {
  private static final int MIB = 1 << 20;

  /** Where QEMU has the block map of a VDI image. */
  private static final int MAP = 512;

  @TempDir Path directory;

  @Test
  void tellsThatAFormatCannotBeChecked() throws IOException {
    Path image = Files.write(directory.resolve("x.raw"), new byte[4096]);
    for (List<String> more : List.of(List.<String>of(), List.of("-r", "all"))) {
      Object[] arguments = {"check", "-f", "raw", image};
      Object[] all = new Object[arguments.length + more.size()];
      System.arraycopy(arguments, 0, all, 0, arguments.length);
      System.arraycopy(more.toArray(), 0, all, arguments.length, more.size());
      assertEquals(63, Oracle.qemuImg(all).exitCode());
      assertTrue(Cli.run(all).message(63).contains("raw"));
    }
    assertArrayEquals(new byte[4096], Files.readAllBytes(image));
  }

  /** What it is based on is checked, too. */
  @Test
  void checksAQcow2ImageAndWhatItIsBasedOn() throws IOException {
    Path image = directory.resolve("x.qcow2");
    Path base = Files.write(directory.resolve("base.raw"), new byte[MIB]);
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-b", base, "-F", "raw", image).orFail();
    String expected = Oracle.qemuImg("check", image).orFail().output();
    assertEquals(expected, Cli.run("check", "-U", image).orFail().output());
    assertEquals(expected, Cli.run("check", "-r", "all", image).orFail().output());
    Files.delete(base);
    String message = error(Cli.run("check", image), 1);
    assertTrue(message.contains("names it as its backing file"), message);
  }

  @Test
  void refusesWhatMakesNoSense() throws IOException {
    Path image = Files.write(directory.resolve("x.raw"), new byte[4096]);
    assertTrue(Cli.run("check", "-r", "some", image).message(1).contains("\"some\""));
    Cli.run("check", "--output=xml", image).message(1);
    Cli.run("check", directory.resolve("none")).message(1);
    Cli.run("check").message(1);
    Cli.run("commit", image).message(1);
    Cli.run("commit", "-b", image, image).message(1);
    Cli.run("compact", image).message(1);
    assertArrayEquals(new byte[4096], Files.readAllBytes(image));
  }

  /** A disk of 10 MiB, of which blocks 0, 5 and 3 were written in this order. */
  private Path vdi() throws IOException {
    Path image = directory.resolve("x.vdi");
    Oracle.qemuImg("create", "-q", "-f", "vdi", image, "10M").orFail();
    QemuIo.on(image, "vdi")
        .fill(1, 0, MIB)
        .fill(2, 5 * MIB, MIB)
        .fill(3, 3 * MIB, MIB)
        .run()
        .orFail();
    return image;
  }

  private static void writeInt(Path image, int position, int value) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(position);
      file.writeInt(Integer.reverseBytes(value));
    }
  }

  private static String error(Cli.Result result, int status) {
    assertEquals(status, result.status(), result.toString());
    return result.error();
  }

  @Test
  void tellsThatAnImageIsIntact() throws IOException {
    Path image = vdi();
    String text =
        """
        No errors were found on the image.
        3/10 = 30.00% allocated, 66.67% fragmented, 0.00% compressed clusters
        Image end offset: 3146752
        """;
    assertEquals(text, Cli.run("check", image).orFail().output());
    assertEquals(text, Cli.run("check", "-f", "vdi", "-r", "all", image).orFail().output());
    assertEquals("", Cli.run("check", "-q", image).orFail().output());
    assertEquals(
        """
        {
            "image-end-offset": 3146752,
            "total-clusters": 10,
            "check-errors": 0,
            "allocated-clusters": 3,
            "filename": "FILE",
            "format": "vdi",
            "fragmented-clusters": 2
        }
        """
            .replace("FILE", image.toString()),
        Cli.run("check", "--output=json", image).orFail().output());
  }

  @Test
  void tellsOfCorruptionAndRepairsIt() throws IOException {
    Path image = vdi();
    writeInt(image, MAP + 4 * 7, 0);
    Cli.Result result = Cli.run("check", image);
    assertEquals(
        "diskformat: block map entry 7 at offset 540: block 0, as in an earlier entry, expected"
            + " one of its own\n",
        error(result, 2));
    assertTrue(
        result
            .output()
            .startsWith(
                """

                1 errors were found on the image.
                Data may be corrupted, or further writes to the image may corrupt it.
                """),
        result.output());
    String json = Cli.run("check", "--output=json", image).output();
    assertTrue(json.contains("\"corruptions\": 1,\n"), json);
    assertEquals("", Cli.run("check", "-q", image).output());
    error(Cli.run("check", "-r", "leaks", image), 2);
    String repaired = Cli.run("check", "-r", "all", image).orFail().output();
    assertTrue(
        repaired.startsWith(
            """
            The following inconsistencies were found and repaired:

                0 leaked clusters
                1 corruptions

            Double checking the fixed image now...
            No errors were found on the image.
            4/10 = 40.00% allocated\
            """),
        repaired);
    Oracle.qemuImg("check", image).orFail();
  }

  @Test
  void tellsOfLeaksAndReclaimsThem() throws IOException {
    Path image = vdi();
    writeInt(image, MAP + 4 * 5, -1);
    Cli.Result result = Cli.run("check", image);
    assertEquals(3, result.status());
    assertTrue(
        result
            .output()
            .startsWith(
                """

                1 leaked clusters were found on the image.
                This means waste of disk space, but no harm to data.
                """),
        result.output());
    String json = Cli.run("check", "-r", "leaks", "--output=json", image).orFail().output();
    assertTrue(json.contains("\"leaks-fixed\": 1,\n"), json);
    assertEquals(1024 + 2 * MIB, Files.size(image));
  }

  @Test
  void compacts() throws IOException {
    Path image = vdi();
    QemuIo.on(image, "vdi").fill(0, 0, MIB).run().orFail();
    Path raw = directory.resolve("raw");
    Oracle.qemuImg("convert", "-O", "raw", image, raw).orFail();
    String output = Cli.run("compact", "-p", image).orFail().output();
    assertTrue(output.startsWith("    (0.00/100%)\r"), output);
    assertTrue(output.endsWith("    (100.00/100%)\r\nImage compacted.\n"), output);
    assertEquals(1024 + 2 * MIB, Files.size(image));
    Oracle.qemuImg("compare", image, raw).orFail();
    assertEquals("", Cli.run("compact", "-q", "-f", "vdi", image).orFail().output());
  }

  @Test
  void compactsQcow2() throws IOException {
    Path image = directory.resolve("x.qcow2");
    Path below = Files.write(directory.resolve("below"), new byte[(int) MIB]);
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-b", below, "-F", "raw", image, "10M").orFail();
    QemuIo.on(image, "qcow2").fill(1, 5 * MIB, MIB).fill(0, 0, 3 * MIB).run().orFail();
    QemuIo.on(image, "qcow2").fill(2, 4 * MIB, MIB).discard(5 * MIB, MIB).run().orFail();
    Path raw = directory.resolve("raw");
    Oracle.qemuImg("convert", "-O", "raw", image, raw).orFail();
    String output = Cli.run("compact", "-p", image).orFail().output();
    assertTrue(output.startsWith("    (0.00/100%)\r"), output);
    assertTrue(output.endsWith("    (100.00/100%)\r\nImage compacted.\n"), output);
    // Header, refcount table and block, L1 table, L2 table.
    assertEquals(MIB + 5 * 65536, Files.size(image));
    Oracle.qemuImg("check", image).orFail();
    Oracle.qemuImg("compare", image, raw).orFail();
    assertEquals("", Cli.run("compact", "-q", "-f", "qcow2", image).orFail().output());
    assertTrue(Cli.run("compact", "--references=none", image).message(1).contains("below"));
  }

  @Test
  void commitsAndEmpties() throws IOException {
    Path parent = vdi();
    Path expected = directory.resolve("raw");
    Oracle.qemuImg("convert", "-O", "raw", parent, expected).orFail();
    Path child = directory.resolve("child.vdi");
    Cli.run("create", "-q", "-f", "vdi", "-b", parent, "-F", "vdi", child).orFail();
    OpenOptions writing =
        OpenOptions.writable()
            .format("vdi")
            .references(ReferencePolicy.sameDirectory())
            .parents(ParentResolver.sameDirectory());
    try (DiskImage image = DiskImages.open(child, writing)) {
      image.write(3 * MIB + 1000, new byte[] {42});
      image.writeZeroes(0, MIB);
    }
    try (RandomAccessFile file = new RandomAccessFile(expected.toFile(), "rw")) {
      file.write(new byte[MIB]);
      file.seek(3 * MIB + 1000);
      file.write(42);
    }
    long empty = Files.size(child) - MIB;
    Cli.run("commit", "-b", "another", child).message(1);
    Cli.run("commit", "--references=none", child).message(1);
    assertEquals("Image committed.\n", Cli.run("commit", "-d", child).orFail().output());
    assertEquals(empty + MIB, Files.size(child));
    Oracle.qemuImg("compare", parent, expected).orFail();
    String output = Cli.run("commit", "-p", child).orFail().output();
    assertTrue(output.endsWith("    (100.00/100%)\r\nImage committed.\n"), output);
    assertEquals(empty, Files.size(child));
    Cli.run("compare", child, expected).orFail();
    assertEquals("", Cli.run("commit", "-q", "-f", "vdi", child).orFail().output());
    Cli.run("commit", parent).message(1);
  }
}
