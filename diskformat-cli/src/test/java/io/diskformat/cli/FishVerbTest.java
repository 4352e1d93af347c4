package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The session that people run guestfish for, on images of each format; and other scripts. */
class FishVerbTest {
  /** As CentOS 6 had it, and as of today. */
  private static final String OLD = "^64bit,^metadata_csum,uninit_bg";

  private static final String NEW = "64bit,metadata_csum";

  private static final String SESSION =
      """
      # what is there
      run
      list-filesystems
      mount /dev/vgsys/lvroot /
      truncate %s
      vi %s
      cat %s
      exit
      """
          .formatted(SeedDisk.RULES, SeedDisk.NETWORK, SeedDisk.NETWORK);

  private static final String SHOWN =
      """
      /dev/sda1: ext4
      /dev/vgsys/lvroot: ext4
      DEVICE=eth0
      TYPE=Ethernet
      ONBOOT=yes
      NM_CONTROLLED=yes
      BOOTPROTO=dhcp
      """;

  private static final String EDITOR =
      "sed -i -e s/ONBOOT=no/ONBOOT=yes/ -e s/BOOTPROTO=none/BOOTPROTO=dhcp/";

  @TempDir Path directory;

  private Path disk(String features) throws IOException {
    Path disk = directory.resolve("disk.raw");
    SeedDisk.make(disk, Files.createDirectory(directory.resolve("parts")), features);
    return disk;
  }

  private String fish(String script, Object... more) throws IOException {
    Path file = Files.writeString(directory.resolve("script"), script);
    String[] args = new String[3 + more.length];
    args[0] = "fish";
    args[1] = "-f";
    args[2] = file.toString();
    for (int i = 0; i < more.length; i++) {
      args[3 + i] = more[i].toString();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(out, OutputStream.nullOutputStream(), StandardCharsets.UTF_8, false);
    assertEquals(0, new FishVerb(EDITOR).run(args, terminal));
    terminal.flush();
    return out.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {OLD, NEW})
  void runsTheSessionOnEachFormat(String features) throws IOException {
    Path disk = disk(features);
    byte[] before = Files.readAllBytes(disk);
    Path overlay = directory.resolve("overlay.qcow2");
    Cli.run("create", "-q", "-f", "qcow2", "-b", disk, "-F", "raw", overlay).orFail();
    assertEquals(SHOWN, fish(SESSION, "-a", overlay));
    assertArrayEquals(before, Files.readAllBytes(disk), "the backing file");
    requireEdited(overlay, before);
    for (String format : new String[] {"vmdk", "vdi"}) {
      Path image = directory.resolve("disk." + format);
      Cli.run("convert", "-f", "raw", "-O", format, disk, image).orFail();
      assertEquals(SHOWN, fish(SESSION, "--rw", "-a", image));
      requireEdited(image, before);
    }
    assertEquals(SHOWN, fish(SESSION, "-a", disk));
    requireEdited(disk, before);
  }

  private void requireEdited(Path image, byte[] before) throws IOException {
    Path raw = directory.resolve("edited");
    Cli.run("convert", "-O", "raw", image, raw).orFail();
    byte[] after = Files.readAllBytes(raw);
    assertEquals(before.length, after.length);
    int changed = 0;
    Set<Integer> blocks = new HashSet<>();
    for (int i = 0; i < before.length; i++) {
      if (before[i] != after[i]) {
        changed++;
        blocks.add((i - (int) SeedDisk.ROOT_AT) / 4096);
      }
    }
    // A superblock, a descriptor, a bitmap, two inodes and a block of content.
    assertTrue(blocks.size() >= 5 && blocks.size() <= 6, blocks.toString());
    assertTrue(changed > 40 && changed < 100, changed + " bytes");
    Path root = directory.resolve("root-of-it");
    try (RandomAccessFile whole = new RandomAccessFile(raw.toFile(), "r")) {
      byte[] volume = new byte[SeedDisk.ROOT];
      whole.seek(SeedDisk.ROOT_AT);
      whole.readFully(volume);
      Files.write(root, volume);
    }
    requireClean(root);
    assertEquals(
        "", Oracle.of("debugfs").run("-R", "cat " + SeedDisk.RULES, root).orFail().output());
    assertTrue(
        Oracle.of("debugfs")
            .run("-R", "cat " + SeedDisk.NETWORK, root)
            .orFail()
            .output()
            .contains("ONBOOT=yes\nNM_CONTROLLED=yes\nBOOTPROTO=dhcp\n"));
    Files.delete(raw);
    Files.delete(root);
  }

  private static void requireClean(Path volume) {
    Oracle.Result result = Oracle.of("e2fsck").run("-fn", volume).orFail();
    long others = result.output().lines().filter(line -> !line.startsWith("Pass ")).count();
    assertEquals(1, others, result.output());
  }

  @Test
  void changesFilesByEachWord() throws IOException {
    Path disk = disk(NEW);
    Path tree = Files.createDirectories(directory.resolve("tree/sub"));
    Files.writeString(tree.resolve("file"), "from the host\n");
    Path upload = Files.writeString(directory.resolve("upload"), "uploaded\n");
    String shown =
        fish(
            """
            add %s format:raw
            mount /dev/vgsys/lvroot /
            mount /dev/sda1 /boot
            mkdir-p /srv/a/b
            write /srv/a/hello "one\\ttwo\\x41\\n"
            write-append /srv/a/hello 'as "it" is\\n'
            copy-in %s /srv
            upload %s /srv/up
            chmod 0600 /srv/up
            chown 1000 1001 /srv/up
            ln-s a/hello /srv/link
            ln-sf a/b /srv/link
            mv /srv/up /srv/a
            touch /srv/touched
            truncate-size /srv/touched 5000
            rm /boot/grub.conf
            rm-f /none
            -rm /none
            rm-rf /usr
            write /boot/mark x
            mv /boot/mark /srv/mark
            exists /usr
            is-file /srv/a/up
            filesize /srv/touched
            cat /srv/a/hello
            ls /srv
            find /srv
            readlink /srv/link
            checksum sha256 /srv/mark
            head-n 1 /srv/tree/sub/file
            stat /srv/a/up
            umount-all
            mount-ro /dev/vgsys/lvroot /
            cat /srv/tree/sub/file
            download /srv/a/up %s
            tar-out /srv/tree -
            exit
            fail
            """
                .formatted(disk, tree.getParent(), upload, directory.resolve("down")));
    assertTrue(
        shown.startsWith(
            """
            false
            true
            5000
            one\ttwoA
            as "it" is\\na
            link
            mark
            touched
            tree
            a
            a/b
            a/hello
            a/up
            link
            mark
            touched
            tree
            tree/sub
            tree/sub/file
            a/b
            2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881
            from the host
            """),
        shown);
    assertTrue(shown.contains("\nmode: 33152\nnlink: 1\nuid: 1000\ngid: 1001\n"), shown);
    assertTrue(shown.contains("\nsize: 9\n"), shown);
    assertEquals("uploaded\n", Files.readString(directory.resolve("down")));
    Path boot = directory.resolve("boot");
    Cli.run("convert", "-f", "raw", "--partition", "1", "-O", "raw", disk, boot).orFail();
    requireClean(boot);
  }

  @Test
  void writesAllOrNothing() throws IOException {
    Path disk = disk(OLD);
    byte[] before = Files.readAllBytes(disk);
    Path script = directory.resolve("script");
    Files.writeString(
        script, "mount /dev/vgsys/lvroot /\nwrite /etc/motd x\nrm /none\nwrite /etc/issue x\n");
    Cli.Result result = Cli.run("fish", "--format=raw", "-a", disk, "-f", script);
    assertEquals(1, result.status());
    assertEquals(
        "diskformat: what was changed since the last sync is dropped\n"
            + "diskformat: line 3: rm: /none is not there\n",
        result.error());
    assertArrayEquals(before, Files.readAllBytes(disk));
    Files.writeString(
        script, "mount /dev/vgsys/lvroot /\nwrite /etc/motd x\nsync\nwrite /etc/issue x\nrm /none");
    assertEquals(1, Cli.run("fish", "--format=raw", "-a", disk, "-f", script).status());
    assertEquals(
        "x", Cli.run("cat", "-a", disk, "-m", "/dev/vgsys/lvroot", "/etc/motd").orFail().output());
    assertTrue(
        Cli.run("cat", "-a", disk, "-m", "/dev/vgsys/lvroot", "/etc/issue")
            .message(1)
            .endsWith("/etc/issue is not there"));
  }

  /** What fails to be opened is opened anew, and nothing twice. */
  @Test
  void goesOnAfterAnImageThatCannotBeWritten() throws IOException {
    Path disk = disk(OLD);
    Path second = directory.resolve("second.vmdk");
    Path empty = Files.write(directory.resolve("empty"), new byte[1 << 20]);
    Cli.run("convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", empty, second)
        .orFail();
    String shown =
        fish(
            """
            add %s format:raw
            add %s
            mount /dev/vgsys/lvroot /
            -write /etc/motd x
            -write /etc/motd x
            list-devices
            list-filesystems
            """
                .formatted(disk, second));
    assertEquals(
        "/dev/sda\n/dev/sdb\n/dev/sda1: ext4\n/dev/sdb: unknown\n/dev/vgsys/lvroot: ext4\n", shown);
  }

  @Test
  void takesCommandsOfTheCommandLine() throws IOException {
    Path disk = disk(OLD);
    Object[] on = {"fish", "--format=raw", "-a", disk, "-i", "--"};
    assertEquals(
        "grub.conf\nlost+found\nhello\n",
        run(on, "ls", "/boot", ":", "echo", "hello").orFail().output());
    run(on, "-rm", "/none", ":", "write", "/etc/motd", "hi").message(0);
    assertEquals("hi", run(on, "cat", "/etc/motd").orFail().output());
    assertEquals("cat: /none is not there", run(on, "cat", "/none").message(1));
    assertEquals("cat: takes PATH", run(on, "cat").message(1));
    assertEquals("frob: no command that is known here", run(on, "frob").message(1));
    assertEquals(
        "chmod: a mode begins with 0, as 0644 does", run(on, "chmod", "644", "/x").message(1));
    Object[] reading = {"fish", "--ro", "--format=raw", "-a", disk, "-i", "--"};
    String message = run(reading, "rm", "/x").message(1);
    assertTrue(message.matches("rm: /dev/\\S+ is mounted to be read"), message);
  }

  private static Cli.Result run(Object[] first, Object... more) {
    Object[] all = new Object[first.length + more.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return Cli.run(all);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "!ls",
        "cat /x | less",
        "<! echo",
        "write /x \"a",
        "write /x 'a",
        "write /x \"\\q\"",
        "write /x \"a\"b"
      })
  void refusesWhatIsNotSupported(String line) throws IOException {
    Path script = Files.writeString(directory.resolve("script"), line + "\n");
    String message = Cli.run("fish", "-f", script).message(1);
    assertTrue(message.startsWith("line 1: "), message);
  }
}
