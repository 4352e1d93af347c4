package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operating systems say of themselves, in the files that theirs have. */
class SystemInspectionTest {
  private static final String ODD_TABLE =
      """
      /dev/sda / ext4 defaults 0 1
      /dev/sda /root ext4 defaults 0 1
      /dev/sdb // ext4 defaults 0 2
      /dev/sdb /./x ext4 defaults 0 2
      /dev/sdb /data/../etc ext4 defaults 0 2
      /dev/sdb none ext4 defaults 0 2
      /dev/sdb /däta/ ext4 defaults 0 2
      /dev/sdb /again ext4 defaults 0 2
      """;
  @TempDir Path directory;

  private SystemFacts inspect(String... files) throws IOException {
    Path root = directory.resolve("root" + files.length);
    for (int i = 0; i < files.length; i += 2) {
      Path file = root.resolve(files[i]);
      Files.createDirectories(file.getParent());
      Files.writeString(file, files[i + 1]);
    }
    return new SystemInspection(root).facts();
  }

  @Test
  void knowsCentos6() throws IOException {
    assertEquals(
        new SystemFacts(
            "linux",
            "centos",
            "CentOS release 6.5 (Final)",
            "6.5",
            "web.example.org",
            "rpm",
            "yum",
            "",
            List.of("2.6.32-431.el6.x86_64", "2.6.32-504.el6.x86_64")),
        inspect(
            "etc/redhat-release", "CentOS release 6.5 (Final)\n",
            "etc/sysconfig/network", "NETWORKING=yes\nHOSTNAME=web.example.org\n",
            "etc/yum.conf", "",
            "var/lib/rpm/Packages", "",
            "lib/modules/2.6.32-504.el6.x86_64/modules.dep", "",
            "lib/modules/2.6.32-431.el6.x86_64/modules.dep", ""));
  }

  @Test
  void knowsDebianAndWhatComesFromIt() throws IOException {
    SystemFacts debian =
        inspect(
            "etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME='Debian GNU/Linux 12'\n",
            "etc/debian_version", "12.5\n",
            "etc/hostname", "# a comment\n\nguest\n",
            "etc/apt/sources.list", "",
            "var/lib/dpkg/status", "");
    assertEquals(
        new SystemFacts(
            "linux", "debian", "Debian GNU/Linux 12", "12.5", "guest", "deb", "apt", "", List.of()),
        debian);
    SystemFacts ubuntu =
        inspect(
            "usr/lib/os-release", "ID=ubuntu\nVERSION_ID=\"24.04\"\n",
            "etc/debian_version", "trixie/sid\n");
    assertEquals("ubuntu 24.04", ubuntu.distribution() + " " + ubuntu.version());
  }

  @Test
  void knowsWhatProgramsAreFor() throws IOException {
    List<String> known =
        List.of("62 2 1 x86_64", "3 1 1 i386", "183 2 1 aarch64", "21 2 1 ppc64le", "22 2 2 s390x");
    for (String machine : known) {
      String[] parts = machine.split(" ");
      Path root = directory.resolve(parts[3]);
      byte[] header = new byte[64];
      header[0] = 0x7F;
      System.arraycopy("ELF".getBytes(StandardCharsets.US_ASCII), 0, header, 1, 3);
      header[4] = Byte.parseByte(parts[1]);
      header[5] = Byte.parseByte(parts[2]);
      header[parts[2].equals("1") ? 18 : 19] = (byte) Integer.parseInt(parts[0]);
      Files.createDirectories(root.resolve("bin"));
      Files.write(root.resolve("bin/ls"), header);
      // What is no program, or cut short, says nothing.
      Files.write(root.resolve("bin/bash"), Arrays.copyOf(header, 10));
      assertEquals(parts[3], new SystemInspection(root).facts().architecture());
    }
  }

  /** A link leads to where the guest has it, not to where the host has. */
  @Test
  void looksAtAGuestsOwnFiles() throws IOException {
    Path root = Files.createDirectories(directory.resolve("root/etc")).getParent();
    Files.createDirectories(root.resolve("usr/lib"));
    Files.writeString(root.resolve("etc/fstab"), "");
    Files.createSymbolicLink(root.resolve("etc/os-release"), Path.of("/usr/lib/os-release"));
    Files.writeString(root.resolve("usr/lib/os-release"), "ID=guest-os\nPRETTY_NAME=\"A guest\"\n");
    Path image = directory.resolve("image");
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", root, image, "16M").orFail();
    try (DiskImage disk = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
      Disk inside = Disk.of(disk);
      assertEquals(1, inside.systems().size());
      assertEquals("guest-os", inside.inspect(inside.systems().getFirst()).distribution());
    }
  }

  /** Each volume is in one place: what else a table says, or is no place, does not count. */
  @Test
  void tablesOfFileSystemsMayBeOdd() throws IOException {
    Path root = Files.createDirectories(directory.resolve("root/etc")).getParent();
    Files.createDirectories(root.resolve("usr/lib"));
    Files.createDirectories(root.resolve("däta"));
    Files.writeString(root.resolve("usr/lib/os-release"), "PRETTY_NAME='Ein Gäst'\n");
    Path image = directory.resolve("image");
    Path other = directory.resolve("other");
    Oracle.of("mke2fs").run("-q", "-t", "ext4", other, "8M").orFail();
    Files.writeString(root.resolve("etc/hosts"), "");
    // Whether or not there is one.
    for (String table : new String[] {"", ODD_TABLE}) {
      if (!table.isEmpty()) {
        Files.writeString(root.resolve("etc/fstab"), table);
        Files.delete(root.resolve("etc/hosts"));
      }
      Files.deleteIfExists(image);
      Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", root, image, "16M").orFail();
      OpenOptions writable = OpenOptions.writable().format("raw");
      try (DiskImage first = DiskImages.open(image, writable);
          DiskImage second = DiskImages.open(other, writable)) {
        Disk guest = Disk.of(first, second);
        Map<String, String> mounts =
            table.isEmpty()
                ? Map.of("/", "/dev/sda")
                : Map.of("/", "/dev/sda", "/däta", "/dev/sdb");
        assertEquals(List.of(new GuestSystem("Ein Gäst", "/dev/sda", mounts)), guest.systems());
        try (FileSystem files = guest.mount(mounts)) {
          assertTrue(Files.exists(files.getPath("/etc")));
          assertEquals(!table.isEmpty(), Files.exists(files.getPath("/däta/lost+found")));
        }
        guest.edit(mounts).close();
      }
    }
  }
}
