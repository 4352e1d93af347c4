package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a disc, and the disc as a disk. */
class IsoVerbTest {
  @TempDir Path directory;
  private final byte[] content = new byte[3_000_000];
  private Path image;

  @BeforeEach
  void make() throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    Path sub = Files.createDirectory(files.resolve("sub"));
    new Random(1).nextBytes(content);
    Path file = Files.write(sub.resolve("content"), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2001-02-03T04:05:06Z")));
    Files.writeString(files.resolve("a.txt"), "a");
    Files.createSymbolicLink(files.resolve("link"), Path.of("sub/content"));
    image = directory.resolve("made.iso");
    Oracle.of("xorriso")
        .run("-as", "mkisofs", "-quiet", "-J", "-R", "-V", "A LABEL", "-o", image, files)
        .orFail();
  }

  private static String sorted(String output) {
    return String.join(" ", new TreeSet<>(output.lines().toList()));
  }

  @Test
  void lists() {
    assertEquals("a.txt link sub", sorted(Cli.run("iso", "ls", image).orFail().output()));
    assertEquals(
        "/a.txt /link /sub /sub/content",
        sorted(Cli.run("iso", "ls", "-R", image).orFail().output()));
    assertEquals("content\n", Cli.run("iso", "ls", image, "sub").orFail().output());
    assertEquals(
        "A.TXT",
        Cli.run("iso", "ls", "--tree", "plain", image, "/A.TXT").orFail().output().strip());
    String detailed = Cli.run("iso", "ls", "-l", image, "/sub/content").orFail().output();
    assertTrue(
        detailed.matches("-rw-r----- +\\d+ +\\d+ +3000000 2001-02-03T04:05:06Z content\n"),
        detailed);
    String link = Cli.run("iso", "ls", "-l", image, "/link").orFail().output();
    assertTrue(link.startsWith("l") && link.endsWith(" link -> sub/content\n"), link);
  }

  @Test
  void writesOut() {
    for (String path : new String[] {"sub/content", "/link"}) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      assertEquals(
          0, DiskformatCommand.run(new String[] {"iso", "cat", image.toString(), path}, out, err));
      assertArrayEquals(content, out.toByteArray());
    }
  }

  @Test
  void extracts() throws IOException {
    Path out = directory.resolve("out");
    Cli.run("iso", "extract", "-C", out, image).orFail();
    assertArrayEquals(content, Files.readAllBytes(out.resolve("sub/content")));
    assertEquals(Path.of("sub/content"), Files.readSymbolicLink(out.resolve("link")));
    assertEquals(
        Instant.parse("2001-02-03T04:05:06Z"),
        Files.getLastModifiedTime(out.resolve("sub/content")).toInstant());
    assertEquals(2, Cli.run("iso", "extract", "-C", out, image).status());
    Files.writeString(out.resolve("a.txt"), "changed");
    Cli.run("iso", "extract", "--overwrite", "-p", "-C", out, image).orFail();
    assertEquals("a", Files.readString(out.resolve("a.txt")));
    assertTrue(
        Cli.run("iso", "extract", "--max-size", "1k", "-C", directory.resolve("no"), image)
            .message(1)
            .contains("more than 1024 bytes"));
    assertTrue(Files.notExists(directory.resolve("no")));
  }

  @Test
  void checks() throws IOException {
    Cli.run("check", image).orFail();
    byte[] bytes = Files.readAllBytes(image);
    bytes[16 * 2048 + 84]++;
    Files.write(image, bytes);
    assertEquals(2, Cli.run("check", image).status());
    Files.write(image, java.util.Arrays.copyOf(bytes, 400_000));
    assertEquals(2, Cli.run("check", image).status());
  }

  @Test
  void saysWhatIsWrong() throws IOException {
    assertEquals(image + ": /x is not there", Cli.run("iso", "cat", image, "x").message(1));
    assertEquals(
        image + ": /sub is no regular file", Cli.run("iso", "cat", image, "sub").message(1));
    Path raw = Files.write(directory.resolve("raw"), new byte[1 << 20]);
    assertEquals(
        raw + ": holds no file system that is known", Cli.run("iso", "ls", raw).message(1));
  }

  @Test
  void createsAndRemasters() throws IOException {
    Path files = directory.resolve("files");
    Files.write(files.resolve("boot.img"), new byte[4096]);
    Path made = directory.resolve("ours.iso");
    String output =
        Cli.run(
                "iso",
                "create",
                "-o",
                made,
                "-V",
                "OURS",
                "-J",
                "-boot-load-size",
                "8",
                "-b",
                "boot.img",
                "-no-emul-boot",
                "-boot-info-table",
                "-eltorito-alt-boot",
                "-e",
                "boot.img",
                files)
            .orFail()
            .output();
    assertEquals(
        "/link cannot be recorded in the joliet tree\n" + Files.size(made) + " bytes written.\n",
        output);
    assertArrayEquals(new byte[4096], Files.readAllBytes(files.resolve("boot.img")));
    String boot =
        Oracle.of("xorriso").run("-indev", made, "-report_el_torito", "plain").orFail().output();
    assertTrue(boot.replaceAll(" +", " ").contains("1 BIOS y none 0x0000 0x00 8 "), boot);
    assertTrue(boot.replaceAll(" +", " ").contains("2 UEFI y none 0x0000 0x00 8 "), boot);
    Path remastered = directory.resolve("new.iso");
    Path added = Files.writeString(directory.resolve("added"), "added");
    Cli.run(
            "iso",
            "remaster",
            "-q",
            "-o",
            remastered,
            "-map",
            added,
            "/new/one",
            "-rm",
            "/a.txt",
            "-V",
            "NEW",
            made)
        .orFail();
    assertEquals(
        "/boot.img /link /new /new/one /sub /sub/content",
        sorted(Cli.run("iso", "ls", "-R", remastered).orFail().output()));
    assertEquals("added", Cli.run("iso", "cat", remastered, "new/one").orFail().output());
    assertTrue(Cli.run("info", remastered).orFail().output().contains("NEW"));
    Path graft = directory.resolve("graft.iso");
    Cli.run("iso", "create", "-p", "-o", graft, "-graft-points", "x/y=" + added, files).orFail();
    assertEquals("added", Cli.run("iso", "cat", graft, "x/y").orFail().output());
  }

  @Test
  void saysWhatCannotBeMade() {
    Path files = directory.resolve("files");
    Path made = directory.resolve("ours.iso");
    assertTrue(Cli.run("iso", "create", files).message(1).contains("-o FILE"));
    assertTrue(Cli.run("iso", "create", "-o", made).message(1).contains("SOURCE"));
    assertEquals(
        "x: the boot image is no file of the disc",
        Cli.run("iso", "create", "-o", made, "-b", "x", files).message(1));
    assertEquals(
        "option -append_partition needs 3 values: N TYPE FILE",
        Cli.run("iso", "create", "-o", made, files, "-append_partition", "2", "0xef").message(1));
    assertTrue(Cli.run("iso", "remaster", "-o", image, image).message(1).contains("the same file"));
    assertTrue(
        Cli.run("iso", "remaster", "-o", made, "-rm", "/nothing", image)
            .message(1)
            .contains("/nothing is not there"));
    assertFalse(Files.exists(made));
  }

  @Test
  void eachWordIsAVerb() {
    for (String action : IsoVerb.ACTIONS) {
      String help = Cli.run("iso", action, "--help").orFail().output();
      assertTrue(help.startsWith("Usage: diskformat iso " + action + " "), help);
      assertEquals(help, Cli.run("help", "iso", action).orFail().output());
      assertTrue(Cli.run("man").output().contains("\n.B diskformat iso " + action + "\n"));
    }
    assertTrue(Cli.run("iso", "frob", "-x").message(1).endsWith("not \"frob\""));
    assertTrue(Cli.run("iso ls", image).message(1).startsWith("no verb \"iso ls\""));
    assertTrue(Cli.run("iso").message(1).contains("iso --help"));
  }

  @Test
  void isADisk() throws IOException {
    String info = Cli.run("info", image).orFail().output();
    assertTrue(info.contains("file format: iso"), info);
    assertTrue(info.contains("A LABEL"), info);
    assertTrue(info.contains("rockridge"), info);
    Path raw = directory.resolve("raw");
    Cli.run("convert", "-O", "raw", image, raw).orFail();
    assertEquals(-1, Files.mismatch(image, raw));
    Path qcow2 = directory.resolve("x.qcow2");
    Cli.run("convert", "-O", "qcow2", image, qcow2).orFail();
    Cli.run("compare", image, qcow2).orFail();
    Cli.run("map", image).orFail();
    Oracle.qemuImg("compare", "-f", "raw", "-F", "qcow2", image, qcow2).orFail();
    assertEquals(
        Cli.run("hash", qcow2).orFail().output().split(" ")[0],
        Cli.run("hash", image).orFail().output().split(" ")[0]);
    assertEquals("a", Cli.run("iso", "cat", qcow2, "a.txt").orFail().output());
  }
}
