package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates made of guests, as e2fsck and debugfs see them. */
class SysprepTest {
  private static final String IFCFG = "etc/sysconfig/network-scripts/ifcfg-eth0";

  /** What goes, and for which operation. */
  private static final List<String> REMOVED =
      List.of(
          "abrt-data /var/spool/abrt/ccpp-1/core",
          "abrt-data /var/spool/abrt/ccpp-1",
          "backup-files /etc/deep/er/x.conf~",
          "backup-files /etc/fstab.bak",
          "bash-history /home/user/.bash_history",
          "bash-history /root/.bash_history",
          "cron-spool /var/spool/cron/root",
          "dhcp-client-state /var/lib/dhclient/dhclient-eth0.leases",
          "logfiles /root/anaconda-ks.cfg",
          "logfiles /var/log/audit/audit.log",
          "logfiles /var/log/messages",
          "logfiles /var/log/messages-20260101",
          "logfiles /var/log/yum.log",
          "machine-id /var/lib/dbus/machine-id",
          "mail-spool /var/spool/mail/root",
          "package-manager-cache /var/cache/yum/x86_64/6/base/repomd.xml",
          "package-manager-cache /var/cache/yum/x86_64/6/base",
          "package-manager-cache /var/cache/yum/x86_64/6",
          "package-manager-cache /var/cache/yum/x86_64",
          "passwd-backups /etc/passwd-",
          "passwd-backups /etc/shadow-",
          "rpm-db /var/lib/rpm/__db.001",
          "ssh-hostkeys /etc/ssh/ssh_host_rsa_key",
          "ssh-hostkeys /etc/ssh/ssh_host_rsa_key.pub",
          "ssh-userdir /home/user/.ssh",
          "ssh-userdir /root/.ssh/authorized_keys",
          "ssh-userdir /root/.ssh",
          "tmp-files /tmp/.hidden",
          "tmp-files /tmp/directory/file",
          "tmp-files /tmp/directory",
          "tmp-files /tmp/link",
          "udev-persistent-net /etc/udev/rules.d/70-persistent-net.rules",
          "yum-uuid /var/lib/yum/uuid");

  private static final List<String> KEPT =
      List.of(
          "etc/ssh/sshd_config",
          "etc/passwd",
          "etc/fstab",
          "etc/sysconfig/iptables",
          "var/lib/rpm/Packages",
          "var/log/private/kept",
          "usr/bin/program",
          "home/user/file");

  @TempDir Path directory;

  private Path tree() throws IOException {
    Path root = Files.createDirectory(directory.resolve("root"));
    for (String line : REMOVED) {
      put(root, line.substring(line.indexOf(' ') + 2), "of one guest\n");
    }
    // These are a link, a directory and a large file.
    Files.delete(root.resolve("tmp/link"));
    Files.createSymbolicLink(root.resolve("tmp/link"), Path.of("../usr"));
    Files.delete(root.resolve("home/user/.ssh"));
    Files.createDirectory(root.resolve("home/user/.ssh"));
    Files.write(root.resolve("var/log/messages"), new byte[3 << 20]);
    for (String name : KEPT) {
      put(root, name, "of all guests\n");
    }
    put(root, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    put(root, "var/lib/random-seed", "x".repeat(512));
    put(root, IFCFG, "DEVICE=eth0\nHWADDR=52:54:00:12:34:56\nHOSTNAME=Åse\nBOOTPROTO=dhcp\n");
    return root;
  }

  private static void put(Path root, String name, String content) throws IOException {
    Path file = root.resolve(name);
    if (!Files.isDirectory(file)) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    }
  }

  private Path image(Path root, String... options) {
    Path image = directory.resolve("image");
    List<Object> arguments = new ArrayList<>(List.of("-q", "-t", "ext4", "-d", root));
    arguments.addAll(List.of(options));
    arguments.addAll(List.of(image, "32M"));
    Oracle.of("mke2fs").run(arguments.toArray()).orFail();
    return image;
  }

  private static String sorted(List<String> lines) {
    return String.join("\n", new TreeSet<>(lines));
  }

  private static DiskImage open(Path image) throws IOException {
    return DiskImages.open(image, OpenOptions.writable().format("raw"));
  }

  private static Set<String> names(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      Set<String> names = new TreeSet<>();
      all.forEach(path -> names.add(root.relativize(path).toString()));
      return names;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"uninit_bg,^metadata_csum,^64bit", "metadata_csum,64bit"})
  void takesWhatIsAGuestsOwn(String features) throws IOException {
    Path root = tree();
    Set<String> expected = names(root);
    Path image = image(root, "-O", features);
    List<String> removed = new ArrayList<>();
    List<String> others = new ArrayList<>();
    try (DiskImage disk = open(image);
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      long changed =
          Sysprep.of(edit.files())
              .run(change -> {
                if (change.kind() == Sysprep.Kind.REMOVED) {
                  removed.add(change.operation() + " " + change.path());
                } else {
                  others.add(change.operation() + " " + change.kind() + " " + change.path());
                }
              });
      assertEquals(changed, removed.size() + others.size());
      edit.commit();
    }
    assertEquals(sorted(REMOVED), sorted(removed));
    assertEquals(
        List.of(
            "machine-id EMPTIED /etc/machine-id",
            "net-hostname REWRITTEN /" + IFCFG,
            "net-hwaddr REWRITTEN /" + IFCFG,
            "random-seed REWRITTEN /var/lib/random-seed"),
        others);
    assertSilent(image);
    for (String line : REMOVED) {
      expected.remove(line.substring(line.indexOf(' ') + 2));
    }
    expected.add("lost+found");
    try (DiskImage disk = open(image);
        FileSystem files = Disk.of(disk).mount("/dev/sda")) {
      assertEquals(expected, names(files.getPath("/")));
      assertEquals("DEVICE=eth0\nBOOTPROTO=dhcp\n", Files.readString(files.getPath("/" + IFCFG)));
      assertEquals(0, Files.size(files.getPath("/etc/machine-id")));
      byte[] seed = Files.readAllBytes(files.getPath("/var/lib/random-seed"));
      assertEquals(512, seed.length);
      assertNotEquals('x', seed[0] | seed[1] | seed[2] | seed[3]);
      for (String name : KEPT) {
        assertEquals("of all guests\n", Files.readString(files.getPath("/" + name)));
      }
    }
    String listed = Oracle.of("debugfs").run("-R", "ls -l /tmp", image).orFail().output();
    assertFalse(listed.contains("link"), listed);
    // The second time there is nothing left but the seed.
    try (DiskImage disk = open(image);
        FileSystem files = Disk.of(disk).mount("/dev/sda")) {
      assertEquals(1, Sysprep.of(files).dryRun().run(_ -> {}));
    }
  }

  /** What it says beside its passes and the summary is something that is wrong. */
  private static void assertSilent(Path image) {
    Oracle.Result result = Oracle.of("e2fsck").run("-fn", image);
    boolean silent =
        result
            .output()
            .lines()
            .allMatch(line -> line.startsWith("Pass ") || line.matches(".*: \\d+/\\d+ files .*"));
    assertTrue(result.exitCode() == 0 && silent, result::toString);
  }

  @Test
  void changesNothingInADryRun() throws IOException {
    Path image = image(tree());
    byte[] before = Files.readAllBytes(image);
    List<String> found = new ArrayList<>();
    try (DiskImage disk = open(image);
        FileSystem files = Disk.of(disk).mount("/dev/sda")) {
      long _ =
          Sysprep.of(files)
              .dryRun()
              .run(change -> {
                if (change.kind() == Sysprep.Kind.REMOVED) {
                  found.add(change.operation() + " " + change.path());
                }
              });
    }
    assertEquals(sorted(REMOVED), sorted(found));
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  @Test
  void doesWhatIsNamedAlone() throws IOException {
    Path root = tree();
    long changed = Sysprep.of(root.getFileSystem()).operations(List.of()).run(_ -> {});
    assertEquals(0, changed);
    assertThrows(
        IllegalArgumentException.class,
        () -> Sysprep.of(root.getFileSystem()).operations(List.of("no-such")));
    try (DiskImage disk = open(image(root));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      changed =
          Sysprep.of(edit.files())
              .operations(List.of("firewall-rules", "utmp"))
              .run(change -> assertEquals("/etc/sysconfig/iptables", change.path()));
      assertEquals(1, changed);
      assertFalse(Files.exists(edit.getPath("/etc/sysconfig/iptables"), LinkOption.NOFOLLOW_LINKS));
    }
  }

  @Test
  void operationsAreInOrder() {
    List<String> names = Sysprep.operations().stream().map(SysprepOperation::name).toList();
    assertEquals(new ArrayList<>(new TreeSet<>(names)), names);
  }
}
