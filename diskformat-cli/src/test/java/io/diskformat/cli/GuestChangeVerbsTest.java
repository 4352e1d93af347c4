package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs that change files of a guest. */
class GuestChangeVerbsTest {
  @TempDir Path directory;
  private Path disk;

  @BeforeEach
  void make() throws IOException {
    disk = directory.resolve("disk.raw");
    SeedDisk.make(disk, Files.createDirectory(directory.resolve("parts")), "64bit,metadata_csum");
  }

  private Cli.Result change(String verb, Object... more) {
    Object[] all = new Object[5 + more.length];
    System.arraycopy(new Object[] {verb, "--format=raw", "-a", disk, "-i"}, 0, all, 0, 5);
    System.arraycopy(more, 0, all, 5, more.length);
    return Cli.run(all);
  }

  private String shown(String verb, Object... more) {
    return change(verb, more).orFail().output();
  }

  @Test
  void writesContent() throws IOException {
    change("write", "/etc/motd", "one\ntwo").orFail();
    change("append-line", "/etc/motd", "three").orFail();
    change("append-line", "etc/motd", "four").orFail();
    assertEquals("one\ntwo\nthree\nfour\n", shown("cat", "/etc/motd"));
    assertEquals("three\nfour\n", shown("tail", "-n", 2, "/etc/motd"));
    assertEquals("", shown("tail", "-n", 0, "/etc/motd"));
    assertEquals("one\ntwo\nthree\nfour\n", shown("tail", "/etc/motd"));
    change("edit", "-b", ".orig", "-e", "s/o/0/g; s/^(.).*/$1/", "-e", "s/t/T/", "/etc/motd")
        .orFail();
    assertEquals("0\nT\nT\nf\n", shown("cat", "/etc/motd"));
    assertEquals("one\ntwo\nthree\nfour\n", shown("cat", "/etc/motd.orig"));
    change("truncate", "/etc/motd", "/etc/motd.orig").orFail();
    change("truncate-size", "/etc/motd", "1M").orFail();
    assertEquals(
        "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58  /etc/motd\n",
        shown("checksum", "sha256", "/etc/motd"));
    Path file = Files.write(directory.resolve("file"), new byte[] {0, -1, 10});
    change("upload", file, "/etc/motd").orFail();
    Path copied = directory.resolve("copied");
    change("copy-out", "/etc/motd", copied).orFail();
    assertArrayEquals(new byte[] {0, -1, 10}, Files.readAllBytes(copied.resolve("motd")));
    requireClean();
  }

  @Test
  void editsNoFileThatIsTooLarge() throws IOException {
    change("write", "/etc/large", "").orFail();
    change("append-line", "/etc/large", "first").orFail();
    change("truncate-size", "/etc/large", "1G").orFail();
    change("append-line", "/etc/large", "last").orFail();
    assertEquals("last\n", shown("tail", "-n", 1, "/etc/large"));
    assertTrue(
        change("edit", "-e", "s/a/b/", "/etc/large")
            .message(1)
            .endsWith("/etc/large has 1073741830 bytes, and at most 67108864 are edited"));
    requireClean();
  }

  @Test
  void changesTheTree() throws IOException {
    change("mkdir-p", "/srv/a/b", "/srv/a/c").orFail();
    change("mkdir", "/srv/d").orFail();
    change("touch", "/srv/a/new", "/srv/a/new2").orFail();
    change("chmod", "4755", "/srv/a/new", "/srv/a/new2").orFail();
    change("chown", 70_000, 70_001, "/srv/a/new").orFail();
    change("ln-s", "../a", "/srv/d/link").orFail();
    change("mv", "/srv/a/new2", "/srv/d").orFail();
    change("mv", "/boot/grub.conf", "/srv/grub").orFail();
    Path tree = Files.createDirectories(directory.resolve("tree/sub"));
    Files.writeString(tree.resolve("x"), "x\n");
    Files.createSymbolicLink(tree.resolve("to"), Path.of("x"));
    change("copy-in", tree.getParent(), tree.resolve("x"), "/srv").orFail();
    assertEquals("a\nd\ngrub\ntree\nx\n", shown("ls", "/srv"));
    assertEquals("x\n", shown("cat", "/srv/tree/sub/to"));
    String status = shown("stat", "/srv/d/link/new");
    assertTrue(status.contains("\nmode: 35309\nnlink: 1\nuid: 70000\ngid: 70001\n"), status);
    change("rm", "-r", "/srv/a", "/srv/d").orFail();
    change("rm", "-rf", "/srv/none", "/srv/tree").orFail();
    change("rm", "-f", "/srv/x", "/srv/none").orFail();
    assertEquals("grub\n", shown("ls", "/srv"));
    assertEquals("lost+found\n", shown("ls", "/boot"));
    requireClean();
  }

  @Test
  void refusesWhole() throws IOException {
    byte[] before = Files.readAllBytes(disk);
    String there = disk + ": ";
    assertEquals(
        there + "/etc/none is not there", change("truncate", "/etc/fstab", "/etc/none").message(1));
    assertEquals(there + "/etc is there already", change("mkdir", "/new", "/etc").message(1));
    assertEquals(
        there + "/etc is a directory; rm -r removes those", change("rm", "/etc").message(1));
    assertEquals(
        there + "/boot has a volume mounted at /boot", change("rm", "-r", "/boot").message(1));
    assertTrue(change("write", "/etc", "x").message(1).startsWith(there + "/etc is no regular"));
    assertEquals(
        "no mode: 9999", change("chmod", "10000", "/etc").message(1).replace("10000", "9999"));
    assertEquals("no number: root", change("chown", "root", 0, "/etc").message(1));
    assertEquals("none: no such file", change("copy-in", "none", "/etc").message(1));
    assertTrue(
        change("edit", "-e", "y/a/b/", "/etc/fstab").message(1).contains("only s/PATTERN/REPL"));
    try (DiskImage held = DiskImages.open(disk, OpenOptions.writable().format("raw"))) {
      assertTrue(held.isWritable());
      assertTrue(change("rm", "/etc/fstab").message(1).contains("lock"));
    }
    assertArrayEquals(before, Files.readAllBytes(disk));
    // A raw disk is not taken for one in silence.
    Cli.Result guessed = Cli.run("rm", "-a", disk, "-m", "/dev/vgsys/lvroot", "/etc/fstab");
    assertTrue(guessed.message(0).contains("taken for a raw disk"));
  }

  private void requireClean() throws IOException {
    byte[] all = Files.readAllBytes(disk);
    Path root = directory.resolve("root-of-it");
    Files.write(
        root,
        java.util.Arrays.copyOfRange(
            all, (int) SeedDisk.ROOT_AT, (int) SeedDisk.ROOT_AT + SeedDisk.ROOT));
    Oracle.Result result = Oracle.of("e2fsck").run("-fn", root).orFail();
    assertEquals(
        1,
        result.output().lines().filter(line -> !line.startsWith("Pass ")).count(),
        result.output());
  }
}
