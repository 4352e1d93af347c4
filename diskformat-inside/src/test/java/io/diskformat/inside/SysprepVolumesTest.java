package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates made of guests whose files are on FAT, and on several volumes. */
class SysprepVolumesTest {
  private static final int MIB = 1 << 20;
  private static final int EACH = 24;

  private static final List<String> ROOT =
      List.of("etc/passwd-", "etc/ssh/ssh_host_rsa_key", "root/.bash_history", "tmp/x/y");

  /** What is on the volume for {@code /var}, from there. */
  private static final List<String> VAR =
      List.of("log/messages", "log/audit/audit.log", "spool/mail/root", "lib/rpm/__db.001");

  /** What is on the volume for {@code /home}. */
  private static final List<String> HOME = List.of("user/.bash_history", "user/.ssh/known_hosts");

  private static final Map<String, String> MOUNTS =
      Map.of("/", "/dev/sda1", "/var", "/dev/sda2", "/home", "/dev/sda3");

  @TempDir Path directory;
  private Path disk;

  private Path files(String name, List<String> removed) throws IOException {
    Path root = directory.resolve(name + "-files");
    List<String> all = new ArrayList<>(removed);
    all.add("keep/this");
    for (String file : all) {
      Path path = root.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, "of one guest\n");
    }
    return root;
  }

  private byte[] ext(String name, Path files) throws IOException {
    Path volume = directory.resolve(name);
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", files, volume, EACH + "M").orFail();
    return Files.readAllBytes(volume);
  }

  private byte[] fat(String name, int bits, Path files) throws IOException {
    Path volume = directory.resolve(name);
    // There must be as many clusters as each kind of FAT has.
    Object[] sizes = bits == 32 ? new Object[] {"-s", 1} : new Object[0];
    List<Object> command = new ArrayList<>(List.of("-F", bits));
    command.addAll(Arrays.asList(sizes));
    command.addAll(List.of("-C", volume, bits == 32 ? 40_000 : EACH * 1024));
    Oracle.of("mkfs.fat").run(command.toArray()).orFail();
    List<Object> arguments = new ArrayList<>(List.of("-s", "-Q", "-i", volume));
    try (var children = Files.list(files)) {
      arguments.addAll(children.toList());
    }
    arguments.add("::");
    Oracle.of("mcopy").run(arguments.toArray()).orFail();
    return Files.readAllBytes(volume);
  }

  @BeforeEach
  void make() throws IOException {
    Path root = files("root", ROOT);
    Files.createDirectories(root.resolve("var"));
    Files.createDirectories(root.resolve("home"));
    Files.writeString(root.resolve("etc/machine-id"), "0123456789abcdef0123456789abcdef\n");
    disk = directory.resolve("disk");
    try (FileChannel channel =
        FileChannel.open(disk, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      put(channel, 1, ext("root", root));
      put(channel, 1 + EACH, ext("var", files("var", VAR)));
      put(channel, 1 + 2 * EACH, fat("home", 16, files("home", HOME)));
      put(channel, 1 + 3 * EACH, new byte[MIB]);
    }
    int sectors = EACH * 2048;
    Oracle.of("sfdisk")
        .input(
            "label: dos\n2048,%d,83\n%d,%d,83\n%d,%d,e\n"
                .formatted(sectors, 2048 + sectors, sectors, 2048 + 2 * sectors, sectors))
        .run("-q", disk)
        .orFail();
  }

  private static void put(FileChannel channel, long mebibyte, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      var _ = channel.write(buffer, mebibyte * MIB + buffer.position());
    }
  }

  private static DiskImage open(Path image) throws IOException {
    return DiskImages.open(image, OpenOptions.writable().format("raw"));
  }

  private Path volume(int number) throws IOException {
    byte[] all = Files.readAllBytes(disk);
    int at = (1 + (number - 1) * EACH) * MIB;
    return Files.write(directory.resolve("volume"), Arrays.copyOfRange(all, at, at + EACH * MIB));
  }

  /** What it says beside its passes and the summary is something that is wrong. */
  private void requireCleanExt(int number) throws IOException {
    Oracle.Result result = Oracle.of("e2fsck").run("-fn", volume(number)).orFail();
    assertEquals(
        1,
        result.output().lines().filter(line -> !line.startsWith("Pass ")).count(),
        result.output());
  }

  @Test
  void takesWhatIsOnSeveralVolumes() throws IOException {
    TreeSet<String> expected = new TreeSet<>();
    ROOT.forEach(name -> expected.add("/" + name));
    expected.addAll(List.of("/tmp/x", "/etc/machine-id"));
    VAR.forEach(name -> expected.add("/var/" + name));
    HOME.forEach(name -> expected.add("/home/" + name));
    expected.add("/home/user/.ssh");
    TreeSet<String> changed = new TreeSet<>();
    try (DiskImage image = open(disk);
        Edit edit = Disk.of(image).edit(MOUNTS)) {
      long count = Sysprep.of(edit.files()).run(change -> changed.add(change.path()));
      assertEquals(changed.size(), count);
      edit.commit();
    }
    assertEquals(expected, changed);
    requireCleanExt(1);
    requireCleanExt(2);
    Path home = volume(3);
    assertEquals(2, Oracle.of("fsck.fat").run("-n", home).orFail().output().lines().count());
    String listed = Oracle.of("mdir").run("-/", "-b", "-i", home, "::").orFail().output();
    assertEquals(List.of("::/keep/", "::/keep/this", "::/user/"), listed.lines().sorted().toList());
    String root = Oracle.of("debugfs").run("-R", "ls -p /tmp", volume(1)).orFail().output();
    assertFalse(root.contains("/x/"), root);
    try (DiskImage image = open(disk);
        FileSystem files = Disk.of(image).mount(MOUNTS)) {
      for (String kept : List.of("/keep/this", "/var/keep/this", "/home/keep/this")) {
        assertEquals("of one guest\n", Files.readString(files.getPath(kept)));
      }
      assertEquals(0, Sysprep.of(files).dryRun().run(_ -> {}));
    }
  }

  /** If one of the volumes cannot be changed, nothing is written of the others. */
  @Test
  void writesNothingIfOneIsRefused() throws IOException {
    Path var = volume(2);
    Oracle.of("debugfs").run("-w", "-R", "feature needs_recovery", var).orFail();
    try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE)) {
      put(channel, 1 + EACH, Files.readAllBytes(var));
    }
    byte[] before = Files.readAllBytes(disk);
    boolean refused = false;
    try (DiskImage image = open(disk);
        Edit edit = Disk.of(image).edit(MOUNTS)) {
      long _ = Sysprep.of(edit.files()).run(_ -> {});
      edit.commit();
    } catch (IOException e) {
      refused = true;
    }
    assertTrue(refused);
    assertArrayEquals(before, Files.readAllBytes(disk));
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 16, 32})
  void takesWhatIsOnFat(int bits) throws IOException {
    Path root = files("fat" + bits, ROOT);
    Files.writeString(root.resolve("etc/machine-id"), "0123456789abcdef0123456789abcdef\n");
    Files.createDirectories(root.resolve("var/log"));
    Files.write(root.resolve("var/log/messages"), new byte[MIB]);
    Path image = directory.resolve("image" + bits);
    Files.write(image, fat("made" + bits, bits, root));
    TreeSet<String> expected = new TreeSet<>();
    ROOT.forEach(name -> expected.add("/" + name));
    expected.addAll(List.of("/tmp/x", "/etc/machine-id", "/var/log/messages"));
    TreeSet<String> changed = new TreeSet<>();
    try (DiskImage disk = open(image);
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      long _ = Sysprep.of(edit.files()).run(change -> changed.add(change.path()));
      edit.commit();
    }
    assertEquals(expected, changed);
    String checked = Oracle.of("fsck.fat").run("-n", image).orFail().output();
    assertTrue(checked.lines().filter(line -> !line.startsWith("fsck.fat")).count() <= 1, checked);
    String listed = Oracle.of("mdir").run("-/", "-b", "-i", image, "::").orFail().output();
    TreeSet<String> left = new TreeSet<>(listed.lines().toList());
    assertEquals(
        new TreeSet<>(
            List.of(
                "::/etc/",
                "::/etc/machine-id",
                "::/etc/ssh/",
                "::/keep/",
                "::/keep/this",
                "::/root/",
                "::/tmp/",
                "::/var/",
                "::/var/log/")),
        left);
    assertEquals("", Oracle.of("mtype").run("-i", image, "::/etc/machine-id").orFail().output());
  }
}
