package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives of files inside of volumes, as GNU tar unpacks them. */
class TarArchiveTest {
  @TempDir Path directory;

  @Test
  void tarUnpacksWhatWeWrite() throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    RandomFiles.fill(files, Seeds.of(TarArchiveTest.class, 1));
    Path image = directory.resolve("image");
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", files, image, "64M").orFail();
    Oracle.of("debugfs")
        .input(
            "mknod pipe p\n"
                + "mknod disk b 8 1\n"
                + "ea_set pipe user.comment hello\n"
                + "sif pipe uid 3000000\n")
        .run("-w", "-f", "-", image)
        .orFail();
    Path archive = directory.resolve("archive.tar");
    try (FileSystem mounted = DiskFileSystems.open(image);
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(archive))) {
      TarArchive.write(mounted.getPath("/"), out);
    }
    String listed =
        Oracle.of("tar").run("--numeric-owner", "--xattrs", "-tvvf", archive).orFail().output();
    List<String> devices =
        Stream.of("pipe", "disk")
            .map(name -> line(listed, "./" + name).replaceAll(" +", " "))
            .toList();
    assertTrue(devices.get(0).matches("p\\S+ 3000000/\\d+ 0 .* \\./pipe"), devices.get(0));
    assertTrue(devices.get(1).matches("b\\S+ \\d+/\\d+ 8,1 .* \\./disk"), devices.get(1));
    assertTrue(listed.contains("user.comment"), listed);
    Path target = Files.createDirectory(directory.resolve("target"));
    Oracle.of("tar")
        .run(
            "-xpf",
            archive,
            "-C",
            target,
            "--exclude",
            "./disk",
            "--exclude",
            "./pipe",
            "--no-same-owner")
        .orFail();
    Trees.assertSame(files, target);
  }

  /** What GNU tar packs comes to be in a volume, with owners, modes and times. */
  @ParameterizedTest
  @ValueSource(strings = {"posix", "gnu", "ustar"})
  void unpacksWhatTarPacks(String format) throws IOException {
    Path files = Files.createDirectories(directory.resolve("files"));
    Path deep = Files.createDirectories(files.resolve("a/b"));
    Files.writeString(deep.resolve("file"), "content\n");
    Files.write(deep.resolve("empty"), new byte[0]);
    Files.write(files.resolve("blocks"), new byte[1024]);
    byte[] large = new byte[200_001];
    new Random(1).nextBytes(large);
    Files.write(files.resolve("large"), large);
    Files.createSymbolicLink(files.resolve("link"), Path.of("a/b/file"));
    String name = "n".repeat(format.equals("ustar") ? 90 : 200);
    Files.writeString(Files.createDirectories(files.resolve("d" + name)).resolve(name), "x");
    if (!format.equals("ustar")) {
      Files.createSymbolicLink(files.resolve("long link"), Path.of("t".repeat(180)));
    }
    Files.setPosixFilePermissions(
        deep.resolve("file"), PosixFilePermissions.fromString("rwxr-x---"));
    for (Path file : List.of(deep.resolve("file"), deep, files.resolve("a"))) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_400_000_000)));
    }
    Path archive = directory.resolve("archive.tar");
    List<Object> arguments = new ArrayList<>(List.of("--format=" + format, "--owner=1000"));
    if (format.equals("posix")) {
      // A record for all files, as git writes one, too.
      arguments.add("--pax-option=comment=" + "c".repeat(50));
    }
    arguments.addAll(List.of("--group=1001", "-C", files, "-cf", archive, "."));
    Oracle.of("tar").run(arguments.toArray()).orFail();
    Path image = emptyVolume();
    Path target = Files.createDirectory(directory.resolve("target"));
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      Path top = Files.createDirectory(edit.getPath("/srv"));
      // What is in the way is replaced.
      Files.writeString(top.resolve("link"), "a file");
      Files.createSymbolicLink(top.resolve("a"), edit.getPath("/lost+found"));
      Files.writeString(top.resolve("large"), "small");
      try (InputStream in = Files.newInputStream(archive)) {
        TarArchive.read(in, top);
      }
      Map<String, Object> unix = Files.readAttributes(top.resolve("a/b/file"), "unix:*");
      assertEquals(List.of(1000L, 1001L), List.of(unix.get("uid"), unix.get("gid")));
      edit.commit();
    }
    Oracle.of("e2fsck").run("-fn", image).orFail();
    Oracle.of("debugfs").run("-R", "rdump /srv " + target, image).orFail();
    assertEquals(modes(files), modes(target.resolve("srv")));
  }

  /** As {@code debugfs} restores them: it sets times of files, but not of links. */
  private static Map<String, String> modes(Path root) throws IOException {
    Map<String, String> files = Trees.describe(root);
    files.remove("");
    return files;
  }

  private Path emptyVolume() {
    Path image = directory.resolve("empty");
    Oracle.of("mke2fs").run("-q", "-t", "ext4", image, "16M").orFail();
    return image;
  }

  @Test
  void refusesWhatLeadsOutAndWhatIsNotMade() throws IOException {
    Path files = Files.createDirectories(directory.resolve("files"));
    Files.writeString(files.resolve("one"), "x");
    Files.createLink(files.resolve("two"), files.resolve("one"));
    Map<String, List<String>> refused =
        Map.of(
            "leads out of it", List.of("--transform=s,one,../one,", "one"),
            "second names", List.of("one", "two"),
            "devices", List.of("-P", "/dev/null"));
    Path image = emptyVolume();
    for (Map.Entry<String, List<String>> each : refused.entrySet()) {
      Path archive = directory.resolve("archive.tar");
      List<Object> arguments = new ArrayList<>(List.of("-C", files, "-P", "-cf", archive));
      arguments.addAll(each.getValue());
      Oracle.of("tar").run(arguments.toArray()).orFail();
      try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
          Edit edit = Disk.of(disk).edit("/dev/sda");
          InputStream in = Files.newInputStream(archive)) {
        IOException e =
            assertThrows(IOException.class, () -> TarArchive.read(in, edit.getPath("/")));
        assertTrue(e.getMessage().contains(each.getKey()), e.getMessage());
      }
    }
  }

  private static byte[] entry(String name, char type, String target, byte[] content) {
    byte[] bytes = new byte[512 + Math.ceilDiv(content.length, 512) * 512];
    byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(encoded, 0, bytes, 0, encoded.length);
    byte[] mode = "0000644\0".getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(mode, 0, bytes, 0x64, mode.length);
    byte[] size = "%011o".formatted(content.length).getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(size, 0, bytes, 0x7C, size.length);
    bytes[0x9C] = (byte) type;
    byte[] to = target.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(to, 0, bytes, 0x9D, to.length);
    System.arraycopy("ustar\00000".getBytes(StandardCharsets.ISO_8859_1), 0, bytes, 0x101, 8);
    System.arraycopy(content, 0, bytes, 512, content.length);
    seal(bytes, 0);
    return bytes;
  }

  private static ByteArrayInputStream archive(byte[]... entries) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] each : entries) {
      all.write(each);
    }
    all.write(new byte[1024]);
    return new ByteArrayInputStream(all.toByteArray());
  }

  /** A link that an archive brings leads no file of it elsewhere; one that was there may. */
  @Test
  void nothingIsMadeBehindLinksThatLeadOut() throws IOException {
    Path image = emptyVolume();
    byte[] none = {};
    byte[] content = {'x'};
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      Path etc = Files.createDirectory(edit.getPath("/etc"));
      Path top = Files.createDirectory(edit.getPath("/srv"));
      Files.createSymbolicLink(top.resolve("here"), edit.getPath("."));
      Files.createSymbolicLink(top.resolve("there"), edit.getPath("/etc"));
      for (String target : List.of("/etc", "../etc", "/srv/there")) {
        for (String name : List.of("l/passwd", "here/l/passwd", "l/a/passwd")) {
          IOException e =
              assertThrows(
                  IOException.class,
                  () ->
                      TarArchive.read(
                          archive(entry("l", '2', target, none), entry(name, '0', "", content)),
                          top));
          assertTrue(e.getMessage().contains("a link in the archive that leads out"), e.toString());
          try (Stream<Path> made = Files.list(etc)) {
            assertEquals(0, made.count());
          }
        }
      }
      TarArchive.read(
          archive(
              entry("usr/", '5', "", none),
              entry("lib", '2', "usr", none),
              entry("lib/file", '0', "", content),
              entry("there/allowed", '0', "", content)),
          top);
      assertTrue(Files.exists(top.resolve("usr/file")));
      assertTrue(Files.exists(etc.resolve("allowed")));
    }
  }

  /** As tar does it, which makes a new file. */
  @Test
  void otherNamesOfAFileKeepItsContent() throws IOException {
    Path files = Files.createDirectories(directory.resolve("files"));
    Files.writeString(files.resolve("one"), "before");
    Files.createLink(files.resolve("two"), files.resolve("one"));
    Path image = directory.resolve("image");
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", files, image, "16M").orFail();
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      TarArchive.read(archive(entry("one", '0', "", new byte[] {'x'})), edit.getPath("/"));
      assertEquals("x", Files.readString(edit.getPath("/one")));
      assertEquals("before", Files.readString(edit.getPath("/two")));
      edit.commit();
    }
    Oracle.of("e2fsck").run("-fn", image).orFail();
  }

  /** Byte for byte, with slashes that no path needs. */
  @Test
  void targetsOfLinksStayAsTheyAre() throws IOException {
    List<String> targets =
        List.of(
            "a/", "a//b/", "//a", "/", "./", "../", "t".repeat(58) + "//", "u".repeat(120) + "/");
    StringBuilder commands = new StringBuilder();
    for (int i = 0; i < targets.size(); i++) {
      commands.append("symlink l%d %s\n".formatted(i, targets.get(i)));
    }
    Path image = emptyVolume();
    Oracle.of("debugfs").input(commands.toString()).run("-w", "-f", "-", image).orFail();
    Path archive = directory.resolve("archive.tar");
    try (FileSystem mounted = DiskFileSystems.open(image);
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(archive))) {
      TarArchive.write(mounted.getPath("/"), out);
    }
    String listed = Oracle.of("tar").run("-tvvf", archive).orFail().output();
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda");
        InputStream in = Files.newInputStream(archive)) {
      TarArchive.read(in, Files.createDirectory(edit.getPath("/copy")));
      edit.commit();
    }
    for (int i = 0; i < targets.size(); i++) {
      String line = "./l%d -> %s".formatted(i, targets.get(i));
      assertTrue((listed + "\n").contains(line + "\n"), line + " in " + listed);
      String cat = Oracle.of("debugfs").run("-R", "stat /copy/l" + i, image).orFail().output();
      assertTrue(cat.contains("Size: " + targets.get(i).length() + "\n"), cat);
      try (FileSystem mounted = DiskFileSystems.open(image)) {
        Path link = mounted.getPath("/copy/l" + i);
        assertEquals(targets.get(i), Files.readSymbolicLink(link).toString());
      }
    }
    Oracle.of("e2fsck").run("-fn", image).orFail();
  }

  /** So does tar, without --xattrs; a label is what a file beside it has. */
  @Test
  void nothingOfAFileThatIsReplacedIsKept() throws IOException {
    Path files = Files.createDirectories(directory.resolve("files"));
    for (String name : List.of("one", "two")) {
      Files.writeString(files.resolve(name), "before, and longer");
    }
    Path image = directory.resolve("image");
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", files, image, "16M").orFail();
    Path list = directory.resolve("list");
    byte[] user = {1, 0, 6, 0, -1, -1, -1, -1, 2, 0, 6, 0, 77, 0, 0, 0};
    byte[] others = {4, 0, 4, 0, -1, -1, -1, -1, 16, 0, 6, 0, -1, -1, -1, -1, 32, 0, 0, 0};
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(new byte[] {2, 0, 0, 0});
    all.writeBytes(user);
    all.writeBytes(others);
    all.writeBytes(new byte[] {-1, -1, -1, -1});
    Files.write(list, all.toByteArray());
    Oracle.of("debugfs")
        .input(
            "ea_set one security.selinux old:label\n"
                + "ea_set two security.selinux a:label\n"
                + "ea_set one user.comment hello\n"
                + "ea_set -f %s one system.posix_acl_access\n".formatted(list))
        .run("-w", "-f", "-", image)
        .orFail();
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      Path one = edit.getPath("/one");
      assertEquals(3, DiskFileSystems.extendedAttributes(one).size());
      Object before = Files.getAttribute(one, "unix:ino");
      TarArchive.read(archive(entry("one", '0', "", new byte[] {'x'})), edit.getPath("/"));
      assertEquals("x", Files.readString(one));
      assertNotEquals(before, Files.getAttribute(one, "unix:ino"));
      Map<String, byte[]> attributes = DiskFileSystems.extendedAttributes(one);
      assertEquals(Set.of("security.selinux"), attributes.keySet());
      assertEquals("a:label", text(attributes.get("security.selinux")));
      edit.commit();
    }
    assertEquals(
        1L,
        Oracle.of("e2fsck")
            .run("-fn", image)
            .orFail()
            .output()
            .lines()
            .filter(l -> !l.startsWith("Pass "))
            .count());
  }

  private static String text(byte @Nullable [] value) {
    return value == null ? "none" : new String(value, StandardCharsets.UTF_8);
  }

  /** Nor does tar take a file away for a directory that the archive does not have by itself. */
  @Test
  void aFileGivesWayToNoDirectoryThatIsNotSaid() throws IOException {
    Path files = Files.createDirectories(directory.resolve("files"));
    Files.writeString(files.resolve("one"), "before");
    Path image = directory.resolve("image");
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", files, image, "16M").orFail();
    byte[] none = {};
    byte[] within = entry("one/two", '0', "", new byte[] {'x'});
    byte[] directories = entry("one/", '5', "", none);
    Path archive = Files.write(directory.resolve("archive.tar"), archive(within).readAllBytes());
    assertEquals(2, Oracle.of("tar").run("-xf", archive, "-C", files).exitCode());
    assertEquals("before", Files.readString(files.resolve("one")));
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      Path top = edit.getPath("/");
      IOException e = assertThrows(IOException.class, () -> TarArchive.read(archive(within), top));
      assertEquals("/one: is no directory", e.getMessage());
      assertEquals("before", Files.readString(top.resolve("one")));
      TarArchive.read(archive(directories, within), top);
      assertEquals("x", Files.readString(top.resolve("one/two")));
    }
  }

  /** The directory may be a link, and stays one; nothing else takes its place. */
  @Test
  void theDirectoryStays() throws IOException {
    Path image = emptyVolume();
    byte[] none = {};
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      Path top = Files.createDirectory(edit.getPath("/srv"));
      Path link = Files.createSymbolicLink(edit.getPath("/link"), top);
      for (char type : new char[] {'0', '2'}) {
        assertThrows(
            IOException.class, () -> TarArchive.read(archive(entry(".", type, "x", none)), top));
      }
      TarArchive.read(archive(entry("./", '5', "", none), entry("./file", '0', "", none)), link);
      assertTrue(Files.isSymbolicLink(link));
      assertEquals(0644, (int) Files.getAttribute(top, "unix:mode") & 07777);
      assertTrue(Files.exists(top.resolve("file")));
    }
  }

  /** An archive that is small when it is compressed may have records of one file without end. */
  @Test
  void recordsAreNotReadWithoutEnd() throws IOException {
    Path image = emptyVolume();
    long[] read = {0};
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      InputStream endless =
          new InputStream() {
            private byte[] entry = {};
            private int at;
            private int number;

            @Override
            public int read() {
              if (at == entry.length) {
                String record = "1000 key" + number++ + "=";
                record += "v".repeat(999 - record.length()) + "\n";
                entry = entry("x", 'x', "", record.getBytes(StandardCharsets.UTF_8));
                at = 0;
              }
              read[0]++;
              assertTrue(read[0] < 8 << 20, "reads without end");
              return Byte.toUnsignedInt(entry[at++]);
            }

            @Override
            public int read(byte[] target, int offset, int length) {
              for (int i = 0; i < length; i++) {
                target[offset + i] = (byte) read();
              }
              return length;
            }
          };
      IOException e =
          assertThrows(IOException.class, () -> TarArchive.read(endless, edit.getPath("/")));
      assertTrue(e.getMessage().contains("records of one file"), e.toString());
    }
  }

  /** Whatever an archive says, files are made or it is refused, and all within the directory. */
  @Test
  void noMutationMatters() throws IOException {
    Path files = Files.createDirectories(directory.resolve("files/a"));
    Files.writeString(files.resolve("n".repeat(120)), "content\n");
    Files.createSymbolicLink(files.resolve("link"), Path.of("t".repeat(120)));
    Path archive = directory.resolve("archive.tar");
    byte[] bytes = new byte[0];
    for (String format : List.of("posix", "gnu")) {
      Oracle.of("tar")
          .run("--format=" + format, "-C", files.getParent(), "-cf", archive, ".")
          .orFail();
      byte[] packed = Files.readAllBytes(archive);
      int end = bytes.length;
      bytes = Arrays.copyOf(bytes, end + 6144);
      System.arraycopy(packed, 0, bytes, end, 6144);
    }
    Random random = new Random(Seeds.of(TarArchiveTest.class, 1));
    Path image = emptyVolume();
    int refused = 0;
    int mutations = Integer.getInteger("diskformat.mutations", 300);
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"))) {
      for (int i = 0; i < mutations; i++) {
        byte[] mutated = bytes.clone();
        for (int change = random.nextInt(3); change >= 0; change--) {
          int block = random.nextInt(mutated.length / 512) * 512;
          int at = random.nextInt(512);
          mutated[block + at] = (byte) (random.nextBoolean() ? '0' + random.nextInt(10) : at);
          seal(mutated, block);
        }
        byte[] given = Arrays.copyOf(mutated, mutated.length - random.nextInt(2) * 700);
        try (Edit edit = Disk.of(disk).edit("/dev/sda")) {
          Path top = Files.createDirectory(edit.getPath("/srv"));
          TarArchive.read(new ByteArrayInputStream(given), top);
        } catch (IOException e) {
          refused++;
        } catch (RuntimeException | Error e) {
          throw new AssertionError("mutation " + i, e);
        }
      }
    }
    assertTrue(refused > mutations / 20 && refused < mutations, refused + " refused");
  }

  private static void seal(byte[] bytes, int at) {
    if (new String(bytes, at + 0x101, 5, StandardCharsets.ISO_8859_1).equals("ustar")) {
      Arrays.fill(bytes, at + 0x94, at + 0x9C, (byte) ' ');
      int sum = 0;
      for (int i = at; i < at + 512; i++) {
        sum += Byte.toUnsignedInt(bytes[i]);
      }
      byte[] digits = "%06o".formatted(sum).getBytes(StandardCharsets.ISO_8859_1);
      System.arraycopy(digits, 0, bytes, at + 0x94, digits.length);
      bytes[at + 0x9A] = 0;
    }
  }

  private static String line(String listed, String name) {
    List<String> lines = listed.lines().filter(each -> each.endsWith(" " + name)).toList();
    assertEquals(1, lines.size(), name);
    return lines.getFirst();
  }
}
