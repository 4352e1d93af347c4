package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

class CreateAndResizeVerbsTest {
  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void nameImage() {
    image = directory.resolve("x.raw");
  }

  @Test
  void createsAsQemuImgDoes() throws IOException {
    List<List<Object>> variants =
        List.of(
            List.of(image, "1M"),
            List.of("-f", "raw", image, "1000"),
            List.of("-f", "raw", "-o", "preallocation=falloc", image, "64k"),
            List.of("-o", "size=5k", image),
            List.of("-q", image, "1.5M"));
    for (List<Object> variant : variants) {
      Object[] arguments = variant.toArray();
      Object[] all = new Object[arguments.length + 1];
      all[0] = "create";
      System.arraycopy(arguments, 0, all, 1, arguments.length);
      String theirs = Oracle.qemuImg(all).orFail().output();
      long size = Files.size(image);
      Files.delete(image);
      assertEquals(theirs, Cli.run(all).orFail().output());
      assertEquals(size, Files.size(image));
    }
  }

  @Test
  void refusesToCreateWhatMakesNoSense() {
    Cli.run("create", image).message(1);
    Cli.run("create", image, "-5").message(1);
    Cli.run("create", image, "1M", "2M").message(1);
    Cli.run("create", "-o", "size=1M", image, "1M").message(1);
    Cli.run("create", "-o", "nonesuch=1", image, "1M").message(1);
    Cli.run("create", "-f", "nonesuch", image, "1M").message(1);
    Cli.run("create", directory.resolve("none/x"), "1M").message(1);
    Cli.run("create", "-b", "base", image, "1M").message(1);
    assertFalse(Files.exists(image));
  }

  /** The size is that of the file with which the image will be opened. */
  @Test
  void aNameThatGoesUpFromALinkLeadsWhereTheHostSays() throws IOException {
    Path deep = Files.createDirectories(directory.resolve("other/deep"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), deep);
    Files.write(directory.resolve("base.raw"), new byte[512]);
    Files.write(directory.resolve("other/base.raw"), new byte[4096]);
    Path child = link.resolve("child.qcow2");
    String made =
        Cli.run("create", "-f", "qcow2", "-b", "../base.raw", "-F", "raw", child).orFail().output();
    assertTrue(made.contains("size=4096"), made);
    String chain = Cli.run("info", "--backing-chain", "--references=any", child).orFail().output();
    assertTrue(chain.contains("virtual size: 4 KiB (4096 bytes)"), chain);
    assertFalse(chain.contains("512 bytes"), chain);
  }

  @Test
  void createsOverABackingFileAsQemuImgDoes() throws IOException {
    Path base = directory.resolve("base.raw");
    Files.write(base, new byte[1 << 20]);
    List<List<Object>> variants =
        List.of(
            List.of("-f", "qcow2", "-b", "base.raw", "-F", "raw", image),
            List.of("-f", "qcow2", "-b", base, "-F", "raw", image, "3M"),
            List.of("-f", "qcow2", "-o", "backing_file=base.raw,backing_fmt=raw", image),
            List.of("-f", "qcow2", "-u", "-b", "none.raw", "-F", "raw", image, "2M"),
            List.of("-f", "qcow2", "-o", "extended_l2=on,cluster_size=32k", image, "2M"),
            List.of("-f", "qcow2", "-o", "compat=0.10,lazy_refcounts=off", image, "2M"),
            List.of("-f", "qcow2", "-o", "compression_type=zstd,refcount_bits=1", image, "2M"),
            List.of("-f", "qcow2", "-b", "base.raw", image),
            List.of("-f", "qcow2", "-b", "none.raw", "-F", "raw", image),
            List.of("-f", "qcow2", "-b", "base.raw", "-F", "nonesuch", image),
            List.of("-f", "qcow2", "-u", "-b", "none.raw", "-F", "raw", image),
            List.of("-f", "qcow2", "-F", "raw", image, "1M"),
            List.of("-f", "qcow2", "-b", "", "-F", "raw", image, "1M"),
            List.of("-f", "qcow2", "-b", image, "-F", "raw", image, "1M"),
            List.of("-f", "raw", "-b", "base.raw", "-F", "raw", image, "1M"),
            List.of("-f", "qcow2", "-o", "cluster_size=100", image, "1M"));
    for (List<Object> variant : variants) {
      Object[] arguments = Stream.concat(Stream.of("create", "-q"), variant.stream()).toArray();
      int status = Oracle.qemuImg(arguments).exitCode();
      String theirs = Files.exists(image) ? info() : "";
      Files.deleteIfExists(image);
      Cli.Result ours = Cli.run(arguments);
      if (status == 0) {
        ours.orFail();
        assertEquals(theirs, info(), variant.toString());
        Files.delete(image);
      } else {
        ours.message(status);
        assertFalse(Files.exists(image));
      }
    }
  }

  /** What qemu-img says of the image, but for the space it takes. */
  private String info() {
    return Oracle.qemuImg("info", "-U", image).orFail().output().replaceAll("disk size:.*", "");
  }

  private void assertResized(long expected, Object... arguments) throws IOException {
    assertEquals("Image resized.\n", Cli.run(arguments).orFail().output());
    assertEquals(expected, Files.size(image));
  }

  @Test
  void resizes() throws IOException {
    Cli.run("create", "-q", image, "1M").orFail();
    assertResized(3 << 19, "resize", "-f", "raw", image, "+512k");
    assertResized(1 << 20, "resize", "-f", "raw", "--shrink", image, "-512k");
    assertResized(2 << 20, "resize", "-f", "raw", image, "2M");
    assertResized(1024, "resize", "-f", "raw", "--shrink", image, "1000");
    assertEquals("", Cli.run("resize", "-q", "-f", "raw", image, "1M").orFail().output());
  }

  @Test
  void refusesToResizeWhatMakesNoSense() throws IOException {
    Cli.run("create", "-q", image, "1M").orFail();
    assertTrue(Cli.run("resize", "-f", "raw", image, "1k").message(1).contains("--shrink"));
    Cli.run("resize", "-f", "raw", image, "-1k").message(1);
    Cli.run("resize", "-f", "raw", "--shrink", image, "-1M").message(1);
    Cli.run("resize", "-f", "raw", "--shrink", image, "--1").message(1);
    Cli.run("resize", "-f", "raw", image, "+7E").message(1);
    Cli.run("resize", "-f", "raw", image, "+9223372036854775807").message(1);
    Cli.run("resize", "-f", "raw", image, "9223372036854775807").message(1);
    Cli.run("resize", "-f", "raw", image).message(1);
    Cli.run("resize", image).message(1);
    Cli.run("resize").message(1);
    // Raw is never guessed.
    Cli.run("resize", image, "2M").message(1);
    assertEquals(1 << 20, Files.size(image));
  }

  /** Nobody could open the image, whether there is such a file or not. */
  @Test
  void growsThePartitionTableToo() throws IOException {
    Path disk = directory.resolve("disk.raw");
    Cli.run("create", "-f", "raw", disk, "16M").orFail();
    Oracle.of("sfdisk")
        .input("label: gpt\nstart=2048,size=4096\nstart=8192,size=8192\n")
        .run("-q", disk)
        .orFail();
    Path qcow2 = directory.resolve("disk.qcow2");
    Cli.run("convert", "-f", "raw", "-O", "qcow2", disk, qcow2).orFail();
    Cli.run("resize", "--grow-partition", "3", qcow2, "64M").message(1);
    Cli.run("resize", "--grow-partition", "x", qcow2, "64M").message(1);
    Cli.run("resize", "--shrink", "--grow-table", qcow2, "8M").message(1);
    Cli.run("resize", "-f", "raw", "--grow-table", directory.resolve("x"), "8M").message(1);
    Cli.run("resize", "--grow-table", qcow2, "32M").orFail();
    assertTable(qcow2, "size=        8192");
    Cli.run("resize", "--grow-partition", "last", qcow2, "64M").orFail();
    assertTable(qcow2, "size=      122847");
    Cli.run("resize", "--grow-partition", "1", qcow2, "65M").orFail();
    assertTable(qcow2, "size=        6144");
    // The words of guestfish.
    Cli.run("resize", qcow2, "70M").orFail();
    Cli.run("part-expand-gpt", "-a", qcow2, "/dev/sda").orFail();
    Cli.run("part-resize", "-a", qcow2, "/dev/sda", "2", "140000").orFail();
    assertTable(qcow2, "size=      131809");
    Cli.run("part-resize", "-a", qcow2, "/dev/sda", "2", "9000").message(1);
    Cli.run("part-resize", "-a", qcow2, "/dev/sda", "2").message(1);
    Cli.run("part-resize", "-a", qcow2, "/dev/sda", "x", "9000").message(1);
    Cli.run("part-expand-gpt", "-a", qcow2, "/dev/sdb").message(1);
  }

  private void assertTable(Path image, String expected) {
    Path raw = directory.resolve("raw");
    Oracle.qemuImg("convert", "-O", "raw", image, raw).orFail();
    Oracle.Result verdict = Oracle.of("sfdisk").run("--verify", raw).orFail();
    assertTrue((verdict.output() + verdict.error()).contains("No errors"), verdict::toString);
    String dump = Oracle.of("sfdisk").run("-d", raw).orFail().output();
    assertTrue(dump.contains(expected), dump);
  }

  @Test
  void refusesNamesThatAreNeverOpened() throws IOException {
    Files.write(directory.resolve("a:b.raw"), new byte[1 << 20]);
    Path image = directory.resolve("x.qcow2");
    for (String name : List.of("a:b.raw", "nbd:localhost:1", "json:{}")) {
      for (String format : List.of("qcow2", "vdi")) {
        String message =
            Cli.run("create", "-q", "-u", "-f", format, "-b", name, "-F", format, image, "1M")
                .message(1);
        assertTrue(message.startsWith(image + ": backing file \"" + name), message);
      }
    }
    assertFalse(Files.exists(image));
    Cli.run("create", "-q", "-f", "qcow2", "-b", "./a:b.raw", "-F", "raw", image).orFail();
    assertTrue(Cli.run("info", image).orFail().output().contains("backing file: ./a:b.raw"));
    Oracle.qemuImg("map", image).orFail();
    Cli.run("map", image).orFail();
  }
}
