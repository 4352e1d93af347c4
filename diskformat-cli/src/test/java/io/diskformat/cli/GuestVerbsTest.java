package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs that look into the disks of a guest. */
class GuestVerbsTest {
  private static final long FIRST = 1 << 20;
  private static final long SECOND = 9 << 20;

  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void make() throws IOException {
    Path boot = Files.createDirectories(directory.resolve("boot-files"));
    Files.writeString(boot.resolve("vmlinuz"), "a kernel");
    Path root = Files.createDirectories(directory.resolve("root-files/etc"));
    Files.createDirectories(directory.resolve("root-files/boot"));
    Files.writeString(root.resolve("hostname"), "guest\n");
    Files.writeString(root.resolve("motd"), "welcome\n");
    Files.createDirectories(directory.resolve("root-files/usr"));
    Files.writeString(root.resolve("os-release"), "ID=x\nPRETTY_NAME=\"An OS 1.0\"\n");
    Files.writeString(
        root.resolve("fstab"),
        "LABEL=ROOT / ext4 defaults 1 1\n# none\n/dev/vda1 /boot ext3 ro 0 0\n"
            + "UUID=none /no ext4 defaults\nproc /proc proc defaults 0 0\n");
    Path first = volume("ext3", "BOOT", boot, "8M");
    Path second = volume("ext4", "ROOT", root.getParent(), "16M");
    image = directory.resolve("disk");
    try (FileChannel disk =
        FileChannel.open(image, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      put(disk, FIRST, first);
      put(disk, SECOND, second);
    }
    Oracle.of("sfdisk")
        .input("label: dos\nlabel-id: 0x12345678\n2048,16384,83\n18432,32768,83\n")
        .run("-q", image)
        .orFail();
  }

  private Path volume(String type, String label, Path files, String size) {
    Path volume = directory.resolve(label);
    Oracle.of("mke2fs").run("-q", "-t", type, "-L", label, "-d", files, volume, size).orFail();
    return volume;
  }

  private static void put(FileChannel disk, long at, Path volume) throws IOException {
    try (FileChannel from = FileChannel.open(volume)) {
      assertEquals(from.size(), from.transferTo(0, from.size(), disk.position(at)));
    }
  }

  @Test
  void listsFileSystems() {
    assertEquals(
        "/dev/sda1: ext3\n/dev/sda2: ext4\n",
        Cli.run("filesystems", "-a", image).orFail().output());
    String table = Cli.run("filesystems", "-l", "-a", image).orFail().output();
    assertTrue(
        table.matches("Name .*\n/dev/sda1 +ext3 +BOOT +83 +8388608 +/dev/sda .*\n.*\n"), table);
    String json = Cli.run("filesystems", "--json", "-a", image).orFail().output();
    assertTrue(json.contains("\"label\": \"ROOT\""), json);
    assertTrue(json.contains("\"partition-uuid\": \"12345678-02\""), json);
  }

  @Test
  void listsPartitions() {
    assertEquals(
        """
        [0] = {
          part_num: 1
          part_start: 1048576
          part_end: 9437183
          part_size: 8388608
        }
        [1] = {
          part_num: 2
          part_start: 9437184
          part_end: 26214399
          part_size: 16777216
        }
        """,
        Cli.run("part-list", "-a", image).orFail().output());
  }

  @Test
  void readsFiles() {
    assertEquals(
        "boot\netc\nlost+found\nusr\n",
        Cli.run("ls", "-a", image, "-m", "/dev/sda2").orFail().output());
    assertEquals(
        "guest\nwelcome\n",
        Cli.run("cat", "-a", image, "-m", "/dev/sda2:/", "/etc/hostname", "etc/motd")
            .orFail()
            .output());
  }

  @Test
  void putsVolumesTogether() throws IOException {
    Object[] mounts = {"-a", image, "-m", "/dev/sda2", "-m", "/dev/sda1:/boot"};
    assertEquals("a kernel", run("cat", mounts, "/boot/vmlinuz").orFail().output());
    Path target = directory.resolve("target");
    run("copy-out", mounts, "/boot", target).orFail();
    assertEquals("a kernel", Files.readString(target.resolve("boot/vmlinuz")));
    run("copy-out", mounts, "/etc/motd", target).orFail();
    assertEquals("welcome\n", Files.readString(target.resolve("motd")));
  }

  @Test
  void mountsAsTheGuestDoes() {
    assertEquals(
        "a kernelguest\n",
        Cli.run("cat", "-a", image, "-i", "/boot/vmlinuz", "/etc/hostname").orFail().output());
    assertEquals(
        "a kernel",
        Cli.run("cat", "-a", image, "/boot/vmlinuz").orFail().output(),
        "the only system need not be asked for");
  }

  @Test
  void aVolumeHasTheNamesThatAGuestHasForIt() {
    for (String name : List.of("/dev/vda2", "/dev/hda2", "LABEL=ROOT")) {
      assertEquals(
          "guest\n", Cli.run("cat", "-a", image, "-m", name, "/etc/hostname").orFail().output());
    }
    String script =
        "fish -a "
            + image
            + " mount /dev/vda2 / : mounts : umount /dev/sda2"
            + " : mount LABEL=ROOT / : umount /dev/hda2 : mount /dev/sda1 / : umount / : mounts";
    assertEquals("/dev/sda2\n", Cli.run((Object[]) script.split(" ", -1)).orFail().output());
    assertEquals(
        Long.toString(SECOND + (16 << 20)) + "\n",
        Cli.run("fish", "-a", image, "blockdev-getsize64", "/dev/sda").orFail().output());
  }

  /** Whichever of its names a volume is given by, what is wrong with it is said. */
  @Test
  void warnsOfVolumesThatWereNotUnmounted() throws IOException {
    Path prototype = directory.resolve("prototype");
    Files.writeString(
        prototype,
        "none\n0 0\nd--755 0 0\na ---644 0 0 %s\n$\n"
            .formatted(directory.resolve("root-files/etc/motd")));
    Path old = directory.resolve("old");
    Oracle _ = Oracle.of("mkfs.xfs");
    // It makes small ones for its own tests alone.
    List<Object> arguments = new ArrayList<>();
    arguments.addAll(List.of("TEST_DIR=x", "TEST_DEV=x", "QA_CHECK_FS=1"));
    arguments.addAll(List.of("mkfs.xfs", "-q", "-L", "OLD", "-p", prototype));
    arguments.addAll(List.of("-d", "file,size=64m,name=" + old));
    Oracle.of("env").run(arguments.toArray()).orFail();
    Oracle.of("xfs_db").run("-x", "-c", "logformat -c 3", old).orFail();
    String place =
        Oracle.of("xfs_db").run("-r", "-c", "sb 0", "-c", "print logstart", old).orFail().output();
    String sector =
        Oracle.of("xfs_db")
            .run("-r", "-c", "convert fsblock " + place.split(" ", -1)[2].strip() + " daddr", old)
            .orFail()
            .output();
    long log = 512 * Long.parseLong(sector.replaceAll("(?s).*\\((\\d+)\\).*", "$1"));
    try (FileChannel disk = FileChannel.open(old, StandardOpenOption.WRITE)) {
      // That it was unmounted.
      assertEquals(1, disk.write(ByteBuffer.wrap(new byte[1]), log + 512 + 9));
    }
    for (String name : List.of("/dev/sda", "/dev/vda", "LABEL=OLD")) {
      Cli.Result read = Cli.run("cat", "-a", old, "-m", name, "/a");
      assertEquals("welcome\n", read.output(), name);
      assertTrue(read.error().contains("/dev/sda: xfs was not unmounted"), name + read.error());
      Cli.Result fish = Cli.run("fish", "-a", old, "mount", name, "/", ":", "cat", "/a");
      assertEquals("welcome\n", fish.output(), name);
      assertTrue(fish.error().contains("/dev/sda: xfs was not unmounted"), name + fish.error());
    }
  }

  @Test
  void asksWhichVolumeIsMeantWhereNoSystemIs() throws IOException {
    try (FileChannel disk = FileChannel.open(image, StandardOpenOption.WRITE)) {
      put(disk, SECOND, volume("ext4", "DATA", directory.resolve("boot-files"), "16M"));
    }
    assertEquals(
        "-m DEVICE is missing: /dev/sda1 or /dev/sda2",
        Cli.run("cat", "-a", image, "/vmlinuz").message(1));
  }

  @Test
  void showsHowMuchIsUsed() {
    String table = Cli.run("df", "-a", image).orFail().output();
    assertTrue(
        table.matches("(?s)Filesystem .*\n/dev/sda1 +8192 +\\d+ +\\d+ +\\d+%\n/dev/sda2 +16384 .*"),
        table);
    assertTrue(Cli.run("df", "--json", "-a", image).orFail().output().contains("\"used\": "));
  }

  @Test
  void writesArchives() throws IOException {
    Path archive = directory.resolve("x.tar");
    Cli.run("tar-out", "-a", image, "-i", "/", archive).orFail();
    Path target = Files.createDirectory(directory.resolve("unpacked"));
    Oracle.of("tar").run("-xf", archive, "-C", target).orFail();
    assertEquals("a kernel", Files.readString(target.resolve("boot/vmlinuz")));
    assertTrue(Cli.run("tar-out", "-a", image, "-i", "/", archive).message(1).contains("x.tar"));
    assertTrue(Files.size(archive) > 0);
  }

  @Test
  void readsFat() throws IOException {
    Path volume = directory.resolve("fat");
    Oracle.of("mkfs.fat").run("-F", "16", "-n", "ESP", "-C", volume, 16_384).orFail();
    Path motd = directory.resolve("root-files/etc/motd");
    Oracle.of("mcopy").run("-m", "-i", volume, motd, "::A long name").orFail();
    assertEquals("A long name\n", Cli.run("ls", "-a", volume).orFail().output());
    String details = Cli.run("ls", "-l", "-a", volume).orFail().output();
    assertTrue(details.matches("- +8 \\S+ A long name\n"), details);
    assertEquals("welcome\n", Cli.run("cat", "-a", volume, "/a LONG name").orFail().output());
    String table = Cli.run("df", "-a", volume).orFail().output();
    assertTrue(table.matches("(?s)Filesystem .*\n/dev/sda +16384 +\\d+ +\\d+ +\\d+%\n"), table);
    Path archive = directory.resolve("fat.tar");
    Cli.run("tar-out", "-a", volume, "/", archive).orFail();
    assertEquals(
        "welcome\n", Oracle.of("tar").run("-xOf", archive, "./A long name").orFail().output());
  }

  private static Cli.Result run(String verb, Object[] mounts, Object... more) {
    Object[] all = new Object[1 + mounts.length + more.length];
    all[0] = verb;
    System.arraycopy(mounts, 0, all, 1, mounts.length);
    System.arraycopy(more, 0, all, 1 + mounts.length, more.length);
    return Cli.run(all);
  }

  @Test
  void saysWhatIsWrong() {
    assertTrue(Cli.run("ls").message(1).contains("-a IMAGE is missing"));
    assertEquals(
        image + ": has no volume /dev/sda7, only /dev/sda1, /dev/sda2",
        Cli.run("ls", "-a", image, "-m", "/dev/sda7").message(1));
    assertEquals(
        image + ": /etc/shadow is not there",
        Cli.run("cat", "-a", image, "-m", "/dev/sda2", "/etc/shadow").message(1));
  }

  @Test
  void sparsifies() throws IOException {
    Path target = directory.resolve("sparse.qcow2");
    String said = Cli.run("sparsify", image, "--convert", "qcow2", target).orFail().output();
    assertTrue(said.matches("/dev/sda1: ext3, .* free\n/dev/sda2: ext4, .* free\n"), said);
    assertEquals("guest\n", cat(target, "/etc/hostname"));
    said = Cli.run("sparsify", "--ignore", "/dev/sda1", "--json", image, target).orFail().output();
    assertTrue(said.contains("/dev/sda2") && !said.contains("/dev/sda1"), said);
    Cli.run("sparsify", "--ignore", "/dev/sda9", image, target).message(1);
    Cli.run("sparsify", image).message(1);
    Cli.run("sparsify", "--in-place", image, target).message(1);
    Cli.run("sparsify", "--in-place", "--compress", image).message(1);
    assertEquals("", Cli.run("sparsify", "-q", "-f", "raw", "--in-place", image).orFail().output());
    assertEquals("guest\n", cat(image, "/etc/hostname"));
  }

  private static String cat(Path image, String file) {
    return Cli.run("cat", "-a", image, "-i", file).orFail().output();
  }

  @Test
  void sparsifiesNothingOfWhatWasNotUnmounted() throws IOException {
    Path volume = directory.resolve("ROOT");
    Oracle.of("debugfs").run("-w", "-R", "feature needs_recovery", volume).orFail();
    Path target = directory.resolve("copy");
    String said = Cli.run("sparsify", volume, target).orFail().output();
    assertTrue(said.startsWith("/dev/sda: ext4, left as it is: "), said);
    assertEquals(-1, Files.mismatch(volume, target));
  }

  @Test
  void comparesGuestsByFiles() throws IOException {
    Path copy = Files.copy(image, directory.resolve("copy"));
    Cli.Result same = Cli.run("diff", "-a", image, "-A", copy);
    assertEquals("", same.orFail().output());
    Path volume = directory.resolve("ROOT");
    Path hostname = Files.writeString(directory.resolve("new-hostname"), "other\n");
    for (String command :
        new String[] {
          "rm /etc/hostname",
          "write " + hostname + " /etc/hostname",
          "sif /etc/hostname mtime 20200102030405",
          "rm /etc/motd",
          "write " + hostname + " /etc/added"
        }) {
      Oracle.of("debugfs").run("-w", "-R", command, volume).orFail();
    }
    try (FileChannel disk = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      put(disk, SECOND, volume);
    }
    Cli.Result result = Cli.run("diff", "-a", image, "-A", copy);
    assertEquals(1, result.status());
    String found = result.output().replaceAll(" 0[0-7]{3} +", " ");
    assertEquals(
        "+ - 6 /etc/added\n= - 6 /etc/hostname\n# changed: content\n- - 8 /etc/motd\n",
        found.replace("content permissions", "content"));
    String csv =
        Cli.run("diff", "--csv", "--checksum", "-a", image, "-A", copy, "-m", "/dev/sda2").output();
    assertTrue(csv.matches("(?s)\\+,-,0[0-7]{3},6,[0-9a-f]{64},\"/etc/added\",\"\",\"\"\n.*"), csv);
    String json = Cli.run("diff", "--json", "-a", image, "-A", copy).output();
    assertTrue(json.contains("\"change\": \"removed\""), json);
    assertTrue(Cli.run("diff", "--all", "-a", image, "-A", copy).output().contains("time"));
    Cli.run("diff", "-a", image).message(2);
    Path qcow2 = directory.resolve("copy.qcow2");
    Cli.run("convert", "-f", "raw", "-O", "qcow2", copy, qcow2).orFail();
    assertEquals("", Cli.run("diff", "-f", "raw", "-a", copy, "-A", qcow2).orFail().output());
    assertEquals("", Cli.run("diff", "-a", qcow2, "-F", "raw", "-A", copy).orFail().output());
    assertEquals("", Cli.run("diff", "-q", "-a", image, "-A", copy).output());
  }

  @Test
  void saysWhichSystemIsInstalled() {
    String said = Cli.run("inspector", "-a", image).orFail().output();
    assertEquals(
        "root: /dev/sda2\nname: linux\ndistro: x\nproduct_name: An OS 1.0\nhostname: guest\n"
            + "mountpoint: /dev/sda2 at /\nmountpoint: /dev/sda1 at /boot\n",
        said);
    assertEquals(said, Cli.run("inspect", "-a", image).orFail().output());
    String json = Cli.run("inspect", "--json", "--add", image).orFail().output();
    assertTrue(json.contains("\"/boot\": \"/dev/sda1\""), json);
    assertEquals(1, Cli.run("inspector", "-a", directory.resolve("BOOT")).status());
  }

  @Test
  void makesATemplate() throws IOException {
    assertTrue(Cli.run("sysprep", "--list-operations").orFail().output().contains("machine-id"));
    Path volume = directory.resolve("ROOT");
    Path file = Files.writeString(directory.resolve("id"), "0123\n");
    for (String command :
        new String[] {"write " + file + " /etc/machine-id", "mkdir /root", "mkdir /root/.ssh"}) {
      Oracle.of("debugfs").run("-w", "-R", command, volume).orFail();
    }
    try (FileChannel disk = FileChannel.open(image, StandardOpenOption.WRITE)) {
      put(disk, SECOND, volume);
    }
    byte[] before = Files.readAllBytes(image);
    String said = Cli.run("sysprep", "-f", "raw", "-a", image, "-n").orFail().output();
    String expected =
        "machine-id: emptied /etc/machine-id\nssh-userdir: removed /root/.ssh\n2 files\n";
    assertEquals(expected, said);
    assertArrayEquals(before, Files.readAllBytes(image));
    Cli.run("sysprep", "-f", "raw", "-a", image, "--operations", "nothing").message(1);
    Cli.run("sysprep").message(1);
    said =
        Cli.run("sysprep", "-f", "raw", "-a", image, "--operations", "default,-ssh-userdir", "-v")
            .orFail()
            .output();
    assertEquals("machine-id: emptied /etc/machine-id\n1 file\n", said);
    assertEquals("", cat(image, "/etc/machine-id"));
    said = Cli.run("sysprep", "-f", "raw", "-a", image, "--json").orFail().output();
    assertTrue(said.contains("\"path\": \"/root/.ssh\""), said);
    assertEquals("", Cli.run("sysprep", "-f", "raw", "-a", image).orFail().output());
  }
}
