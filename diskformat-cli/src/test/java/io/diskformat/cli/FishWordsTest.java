package io.diskformat.cli;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What words of guestfish do, and how its scripts are read. */
class FishWordsTest {
  private static final String MOUNT = "mount /dev/vgsys/lvroot /\n";

  @TempDir Path directory;
  private Path disk;

  @BeforeEach
  void begin() {
    disk = directory.resolve("disk.raw");
  }

  private void makeDisk() throws IOException {
    if (!Files.exists(disk)) {
      SeedDisk.make(disk, Files.createDirectory(directory.resolve("parts")), "64bit,metadata_csum");
    }
  }

  private Cli.Result run(String script, Object... images) throws IOException {
    makeDisk();
    Path file = Files.writeString(directory.resolve("script"), script);
    List<Object> arguments =
        new ArrayList<>(List.of("fish", "--format=raw", "-f", file, "-a", disk));
    for (Object image : images) {
      arguments.addAll(List.of("-a", image));
    }
    return Cli.run(arguments.toArray());
  }

  /** Returns what a script shows, of which commands with a hyphen before them may fail. */
  private String fish(String script, Object... images) throws IOException {
    Cli.Result result = run(script, images);
    assertEquals(0, result.status(), result.error());
    return result.output();
  }

  private void requireClean() throws IOException {
    Path root = directory.resolve("root");
    try (RandomAccessFile whole = new RandomAccessFile(disk.toFile(), "r")) {
      byte[] volume = new byte[SeedDisk.ROOT];
      whole.seek(SeedDisk.ROOT_AT);
      whole.readFully(volume);
      Files.write(root, volume);
    }
    Oracle.Result result = Oracle.of("e2fsck").run("-fn", root).orFail();
    long others = result.output().lines().filter(line -> !line.startsWith("Pass ")).count();
    assertEquals(1, others, result.output());
  }

  @Test
  void archives() throws IOException {
    Path files = Files.createDirectories(directory.resolve("files/a"));
    Files.writeString(files.resolve("b"), "content\n");
    Files.createSymbolicLink(files.resolve("link"), Path.of("b"));
    Path plain = directory.resolve("in.tar");
    Path packed = directory.resolve("in.tgz");
    Oracle.of("tar").run("-C", files.getParent(), "-cf", plain, ".").orFail();
    Oracle.of("tar").run("-C", files.getParent(), "-czf", packed, ".").orFail();
    Path out = directory.resolve("out.tar");
    Path outPacked = directory.resolve("out.tgz");
    String shown =
        fish(
            MOUNT
                + """
                mkdir-p /srv/one
                mkdir /srv/two
                mkdir /srv/three
                tar-in %s /srv/one
                tar-in %s /srv/two compress:gzip
                tgz-in %s /srv/three
                -tar-in %s /srv/three compress:xz
                -tar-in %s /etc/hostname
                -tar-in %s /srv/two
                find /srv
                readlink /srv/two/a/link
                tar-out /srv/one %s
                tar_out /srv/two %s compress:gzip
                tgz-out /srv/three -
                """
                    .formatted(plain, packed, packed, packed, plain, packed, out, outPacked));
    assertTrue(
        shown.startsWith(
            "one\none/a\none/a/b\none/a/link\nthree\nthree/a\nthree/a/b\nthree/a/link\n"
                + "two\ntwo/a\ntwo/a/b\ntwo/a/link\nb\n\u001f"),
        shown);
    for (Path archive : List.of(out, outPacked)) {
      String listed = Oracle.of("tar").run("-tf", archive).orFail().output();
      assertEquals("./\n./a/\n./a/b\n./a/link\n", listed);
    }
    requireClean();
  }

  @Test
  void patterns() throws IOException {
    String shown =
        fish(
            MOUNT
                + """
                mkdir /srv
                touch /srv/a.log
                touch /srv/b.log
                touch /srv/.c.log
                touch /srv/d[1]
                mkdir /srv/e.log
                glob-expand /srv/*.log
                glob-expand /srv/{a,x,b}.log
                glob-expand /srv/.*
                glob-expand /srv/d\\[1\\]
                glob-expand /s*/
                glob echo /srv/[ab]*.log x /srv/?.log
                glob rm-f /srv/[!e].log
                glob echo /srv/none*
                -glob rm /srv/*
                ls /srv
                glob vfs-type /dev/sda?
                glob vfs-type /dev/vgsys/*
                """);
    assertEquals(
        """
        /srv/a.log
        /srv/b.log
        /srv/e.log/
        /srv/a.log
        /srv/b.log
        /srv/.c.log
        /srv/d[1]
        /srv/
        /srv/a.log x /srv/a.log
        /srv/a.log x /srv/b.log
        /srv/a.log x /srv/e.log/
        /srv/b.log x /srv/a.log
        /srv/b.log x /srv/b.log
        /srv/b.log x /srv/e.log/
        /srv/none*
        .c.log
        e.log
        ext4
        LVM2_member
        ext4
        """,
        shown);
    requireClean();
  }

  @Test
  void copiesAndMoves() throws IOException {
    String shown =
        fish(
            MOUNT
                + """
                mkdir-p /srv/from/sub
                write /srv/from/file text
                chmod 0640 /srv/from/file
                chown 7 8 /srv/from/file
                chmod 0711 /srv/from/sub
                chown 9 9 /srv/from/sub
                ln-s file /srv/from/link
                cp /srv/from/link /srv/followed
                cp-r /srv/from /srv/plain
                cp-a /srv/from /srv/all
                cp-a /srv/from /srv/all
                -cp /srv/from /srv/x
                -cp-r /srv/from /srv/from/sub
                mv /srv/all/from /srv/moved
                mv /srv/followed /srv/moved
                cat /srv/moved/followed
                readlink /srv/plain/link
                is-symlink /srv/moved/link
                equal /srv/from/file /srv/all/file
                equal /srv/from/file /etc/fstab
                exists /srv/x
                is-dir /srv/all
                is-file /srv/all/link
                is-file /srv/all/link followsymlinks:true
                find /srv/moved
                du /srv/from
                stat /srv/plain/file
                stat /srv/all/file
                stat /srv/all/sub
                lstat /srv/all/link
                """);
    assertTrue(
        shown.startsWith(
            "textfile\n"
                + "true\n"
                + "true\n"
                + "false\n"
                + "false\n"
                + "true\n"
                + "false\n"
                + "true\n"
                + "file\n"
                + "followed\n"
                + "link\n"
                + "sub\n"
                + "12\n"),
        shown);
    List<String> modes = shown.lines().filter(line -> line.startsWith("mode: ")).toList();
    assertEquals(List.of("mode: 33184", "mode: 33184", "mode: 16841", "mode: 41471"), modes);
    List<String> owners = shown.lines().filter(line -> line.startsWith("uid: ")).toList();
    assertEquals(List.of("uid: 0", "uid: 7", "uid: 9", "uid: 0"), owners);
    requireClean();
  }

  /** As cp and tar of the same host do it, whose answers these are. */
  @Test
  void directoriesThatAreThere() throws IOException {
    Path plain = Files.createDirectories(directory.resolve("plain"));
    Path all = Files.createDirectories(directory.resolve("all"));
    Path in = Files.createDirectories(directory.resolve("in"));
    Path from = Files.createDirectories(directory.resolve("from/sub")).getParent();
    for (Path top : List.of(plain, all, in)) {
      Files.createDirectories(top.resolve("from/sub"));
      Files.createDirectories(top.resolve("from/other"));
    }
    for (Path top : List.of(plain, all, in)) {
      for (String name : List.of("from", "from/sub", "from/other")) {
        Files.setPosixFilePermissions(
            top.resolve(name), PosixFilePermissions.fromString("rwxr-x--x"));
      }
    }
    Files.createDirectory(from.resolve("new"));
    for (Path path : List.of(from, from.resolve("sub"))) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x---"));
    }
    // No mask of the host takes anything of that.
    Files.setPosixFilePermissions(
        from.resolve("new"), PosixFilePermissions.fromString("r-x------"));
    Path archive = directory.resolve("archive.tar");
    Oracle.of("tar").run("-C", directory, "-cf", archive, "plain", "all", "in").orFail();
    String shown =
        fish(
            MOUNT
                + """
                mkdir /srv
                tar-in %s /srv
                copy-in %s /usr
                cp-r /usr/from /srv/plain
                cp-a /usr/from /srv/all
                copy-in %s /srv/in
                """
                    .formatted(archive, from, from)
                + shownModes());
    Oracle.of("cp").run("-r", from, plain).orFail();
    Oracle.of("cp").run("-a", from, all).orFail();
    Oracle.of("tar").run("-C", directory, "-cf", archive, "from").orFail();
    Oracle.of("tar").run("-C", in, "-xpf", archive).orFail();
    StringBuilder expected = new StringBuilder();
    for (Path top : List.of(plain, all, in)) {
      for (String name : List.of("from", "from/sub", "from/other", "from/new")) {
        Object mode = Files.getAttribute(top.resolve(name), "unix:mode");
        expected.append("mode: ").append(mode).append('\n');
      }
    }
    assertEquals(
        expected.toString(),
        shown.lines().filter(line -> line.startsWith("mode: ")).collect(joining("\n", "", "\n")));
    requireClean();
  }

  private static String shownModes() {
    StringBuilder script = new StringBuilder();
    for (String top : List.of("plain", "all", "in")) {
      for (String name : List.of("from", "from/sub", "from/other", "from/new")) {
        script.append("stat /srv/").append(top).append('/').append(name).append('\n');
      }
    }
    return script.toString();
  }

  @Test
  void partitions() throws IOException {
    Path other = directory.resolve("other");
    try (RandomAccessFile file = new RandomAccessFile(other.toFile(), "rw")) {
      file.setLength(8 << 20);
    }
    Oracle.of("sfdisk")
        .input(
            "label: gpt\nlabel-id: 11111111-2222-4333-8444-55555555ABCD\n"
                + "start=2048,size=2048,type=U,uuid=AAAAAAAA-2222-4333-8444-555555555555,"
                + "name=\"esp\"\nstart=4096,size=4096,type=L\n")
        .run("-q", other)
        .orFail();
    String shown =
        fish(
            """
            part-get-parttype /dev/sda
            part-get-mbr-id /dev/sda 2
            part-get-bootable /dev/sda 1
            part-get-bootable /dev/sda 2
            part-get-mbr-part-type /dev/sda 1
            part-get-parttype /dev/sdb
            part-get-gpt-type /dev/sdb 1
            part-get-gpt-guid /dev/sdb 1
            part-get-name /dev/sdb 1
            part-get-disk-guid /dev/sdb
            part-to-dev /dev/sdb2
            part-to-partnum /dev/sdb2
            part-list /dev/sdb
            list-devices
            list-partitions
            list-filesystems
            pvs
            vgs
            lvs
            vfs-label /dev/sda1
            vfs-type /dev/sdb1
            blkid /dev/sda1
            -part-get-name /dev/sda 1
            -part-get-mbr-id /dev/sdb 1
            -part-get-name /dev/sdb 3
            -part-list /dev/sdc
            """,
            other);
    String uuid =
        Oracle.of("blkid")
            .run("-p", "-O", 1 << 20, "-o", "value", "-s", "UUID", disk)
            .orFail()
            .output()
            .strip();
    assertEquals(
        """
        msdos
        0x8e
        true
        false
        primary
        gpt
        C12A7328-F81F-11D2-BA4B-00A0C93EC93B
        AAAAAAAA-2222-4333-8444-555555555555
        esp
        11111111-2222-4333-8444-55555555ABCD
        /dev/sdb
        2
        [0] = {
          part_num: 1
          part_start: 1048576
          part_end: 2097151
          part_size: 1048576
        }
        [1] = {
          part_num: 2
          part_start: 2097152
          part_end: 4194303
          part_size: 2097152
        }
        /dev/sda
        /dev/sdb
        /dev/sda1
        /dev/sda2
        /dev/sdb1
        /dev/sdb2
        /dev/sda1: ext4
        /dev/sdb1: unknown
        /dev/sdb2: unknown
        /dev/vgsys/lvroot: ext4
        /dev/sda2
        vgsys
        /dev/vgsys/lvroot
        boot
        unknown
        LABEL: boot
        TYPE: ext4
        UUID: %s
        """
            .formatted(uuid),
        shown);
  }

  @Test
  void systems() throws IOException {
    String shown =
        fish(
            """
            inspect-os
            inspect-get-type /dev/vgsys/lvroot
            inspect-get-distro /dev/vgsys/lvroot
            inspect-get-product-name /dev/vgsys/lvroot
            inspect-get-major-version /dev/vgsys/lvroot
            inspect-get-minor-version /dev/vgsys/lvroot
            inspect-get-hostname /dev/vgsys/lvroot
            inspect-get-arch /dev/vgsys/lvroot
            inspect-get-package-format /dev/vgsys/lvroot
            inspect-get-package-management /dev/vgsys/lvroot
            inspect-get-mountpoints /dev/vgsys/lvroot
            inspect-get-filesystems /dev/vgsys/lvroot
            -inspect-get-type /dev/sda1
            """);
    assertEquals(
        """
        /dev/vgsys/lvroot
        linux
        unknown
        A guest 6.5
        0
        0
        guest
        unknown
        unknown
        unknown
        /: /dev/vgsys/lvroot
        /boot: /dev/sda1
        /dev/sda1
        /dev/vgsys/lvroot
        """,
        shown);
  }

  /** Documents are bytes, and what ends them stands alone on its line. */
  @Test
  void documents() throws IOException {
    makeDisk();
    Path file = directory.resolve("script");
    ByteArrayOutputStream script = new ByteArrayOutputStream();
    script.writeBytes((MOUNT + "upload -<<END /srv\n").getBytes(StandardCharsets.UTF_8));
    byte[] content = {'#', ' ', (byte) 0xE9, '\n', '\n', ' ', 'E', 'N', 'D', '\n', '!', '|', '\n'};
    script.writeBytes(content);
    script.writeBytes(
        "END\n><fs> filesize /srv\nupload '-<<x' /y\n".getBytes(StandardCharsets.UTF_8));
    Files.write(file, script.toByteArray());
    Cli.Result failed = Cli.run("fish", "--format=raw", "-a", disk, "-f", file);
    assertEquals("13\n", failed.output());
    assertEquals(1, failed.status());
    assertTrue(failed.error().contains("line 9: upload: -<<x"), failed.error());
    byte[] good =
        new String(script.toByteArray(), StandardCharsets.ISO_8859_1)
            .replace("upload '-<<x' /y\n", "")
            .getBytes(StandardCharsets.ISO_8859_1);
    Files.write(file, good);
    assertEquals("13\n", Cli.run("fish", "--format=raw", "-a", disk, "-f", file).orFail().output());
    Path down = directory.resolve("down");
    fish(MOUNT + "download /srv " + down + "\n");
    assertArrayEquals(content, Files.readAllBytes(down));
    requireClean();
  }

  /** As Windows writes them, and with returns that end no line. */
  @Test
  void documentsKeepCarriageReturns() throws IOException {
    makeDisk();
    Path down = directory.resolve("down");
    fish(MOUNT + "upload -<<END /srv\r\na\rb\r\n\r\nEND\r\ndownload /srv " + down + "\r\n");
    assertEquals("a\rb\r\n\r\n", Files.readString(down));
  }

  @Test
  void aTildeIsTheUsersDirectory() {
    String home = System.getProperty("user.home");
    assertEquals(
        List.of("upload", home + "/x", "~/y", home, "~a", "a~"),
        FishLine.of("upload ~/x '~/y' ~ ~a a~").words());
  }

  @ParameterizedTest
  @CsvSource({
    "command ls, programs of the guest are not run",
    "sh ls, programs of the guest are not run",
    "mkfs ext4 /dev/sda1, file systems are not made",
    "part_disk /dev/sda mbr, partition tables are not made; diskformat resize grows them",
    "lvcreate a b 1, volumes of LVM are not made",
    "ln /a /b, files get no second names here",
    "mknod 0644 1 2 /x, devices and pipes are not made",
    "setxattr a b 1 /x, extended attributes are kept and not changed",
    "luks-open /dev/sda1 x, encrypted volumes inside of disks are not opened",
    "more /x, programs of the host are not run",
    "set-memsize 500, 'is of the virtual machine that guestfish starts, and there is none here'",
    "frobnicate, no command that is known here",
  })
  void refusesWordsByName(String line, String why) throws IOException {
    String word = line.split(" ", 2)[0];
    Path script = Files.writeString(directory.resolve("script"), line + "\n");
    assertEquals("line 1: " + word + ": " + why, Cli.run("fish", "-f", script).message(1));
  }

  @Test
  void refusesWhatMakesNoSense() throws IOException {
    List<String> scripts =
        List.of(
            "upload -<<END /x\nEND ",
            "upload -<< /x\n",
            "upload -<<A -<<B\nA\nB\n",
            "glob\n",
            "glob glob ls /\n",
            "glob-expand /[a\n",
            "is-file / frob:true\n",
            "echo \"\\xZZ\"\n",
            "echo \"\\18\"\n",
            "tar-in\n",
            "tar-in /none /\n");
    for (String script : scripts) {
      Cli.Result result = run(MOUNT + script);
      String message = result.message(1);
      assertTrue(message.startsWith("line 2: "), script + message);
      assertTrue(!message.contains("For input string"), script + message);
    }
  }

  @Test
  void namesAnImageThatIsNotThere() {
    assertEquals("run: nofile: no such file", Cli.run("fish", "-a", "nofile", "run").message(1));
  }

  @Test
  void listsEachWord() throws IOException {
    String listed = fish("help\n");
    Map<String, String> some =
        Map.of("tar-in", "FILE DIRECTORY [compress:gzip]", "glob", "COMMAND [ARGUMENT...]");
    some.forEach((word, usage) -> assertTrue(listed.contains(word + " " + usage + "\n"), listed));
    assertTrue(listed.lines().count() > 90, listed);
  }
}
