package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.stream.Stream;
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
