package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What single files may be, as debugfs makes them and shows them. */
class ExtFilesTest {
  @TempDir Path directory;
  private Path files;
  private Path image;

  @BeforeEach
  void make() throws IOException {
    files = Files.createDirectory(directory.resolve("files"));
    image = directory.resolve("image");
    Files.writeString(files.resolve("a"), "content");
  }

  private void change(String... commands) {
    Oracle.Result result =
        Oracle.of("debugfs").input(String.join("\n", commands) + "\n").run("-w", "-f", "-", image);
    assertEquals(0, result.exitCode(), result.toString());
  }

  private String ask(String command) {
    return Oracle.of("debugfs").run("-R", command, image).orFail().output();
  }

  @ParameterizedTest
  @EnumSource(names = {"EXT2_4K", "MODERN", "SMALL_INODES", "INLINE_DATA", "OTHERS"})
  void hasExtendedAttributes(ExtFlavour flavour) throws IOException {
    flavour.make(image, files, "24M");
    Path large = directory.resolve("large");
    byte[] value = new byte[flavour == ExtFlavour.OTHERS ? 4096 : 500];
    new Random(1).nextBytes(value);
    Files.write(large, value);
    byte[] list =
        HexFormat.of()
            .parseHex(
                "0200000001000600ffffffff02000400e803000004000400ffffffff"
                    + "10000600ffffffff20000400ffffffff");
    Path acl = Files.write(directory.resolve("acl"), list);
    change(
        "ea_set a user.comment hello",
        "ea_set -f " + large + " a user.large",
        "ea_set a security.selinux system_u:object_r:etc_t:s0",
        "ea_set a trusted.secret x",
        "ea_set -f " + acl + " a system.posix_acl_access");
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      Path file = mounted.getPath("/a");
      Map<String, byte[]> all = DiskFileSystems.extendedAttributes(file);
      assertEquals("hello", text(all.get("user.comment")));
      assertEquals("x", text(all.get("trusted.secret")));
      assertEquals("system_u:object_r:etc_t:s0", text(all.get("security.selinux")));
      assertArrayEquals(value, all.get("user.large"));
      assertArrayEquals(list, all.get("system.posix_acl_access"));
      assertEquals(5, all.size(), all.keySet().toString());
      UserDefinedFileAttributeView view =
          Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
      assertEquals(List.of("comment", "large"), view.list());
      ByteBuffer read = ByteBuffer.allocate(10);
      assertEquals(5, view.read("comment", read));
      assertEquals("hello", text((byte[]) Files.getAttribute(file, "user:comment")));
    }
  }

  private static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }

  @Test
  void knowsDevicesAndTimes() throws IOException {
    ExtFlavour.MODERN.make(image, files, "24M");
    change(
        "mknod pipe p",
        "mknod terminal c 5 1",
        "mknod disk b 8 0",
        "sif disk block[0] 0",
        "sif disk block[1] " + ((70000 & ~0xFF) << 12 | 259 << 8 | 70000 & 0xFF),
        "sif a mtime @0x1ffffffff",
        "sif a mtime_extra 0x2d5c5801",
        "sif a uid 100000",
        "sif a gid 70000",
        "sif a mode 0106755");
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      Map<String, Object> file = Files.readAttributes(mounted.getPath("/a"), "unix:*");
      assertEquals(0106755, file.get("mode"));
      assertEquals(100000L, file.get("uid"));
      assertEquals(70000L, file.get("gid"));
      String stat = ask("stat a");
      assertTrue(stat.contains("Inode: " + file.get("ino") + " "), stat);
      assertEquals(0x05_01L, rdev(mounted, "/terminal"));
      assertEquals((70000L & ~0xFF) << 12 | 259 << 8 | 70000 & 0xFF, rdev(mounted, "/disk"));
      assertEquals(0L, rdev(mounted, "/pipe"));
      assertTrue((boolean) Files.getAttribute(mounted.getPath("/pipe"), "isOther"), "a pipe");
      FileTime modified = (FileTime) file.get("lastModifiedTime");
      // Its lower bits are -1, and the next higher ones 1.
      assertEquals(Instant.ofEpochSecond(0xFFFF_FFFFL, 0x2d5c5801 >>> 2), modified.toInstant());
    }
  }

  private static Object rdev(FileSystem mounted, String path) throws IOException {
    return Files.getAttribute(mounted.getPath(path), "unix:rdev");
  }

  @ParameterizedTest
  @EnumSource(names = {"MODERN_1K", "NO_EXTENTS", "EXT2_1K"})
  void readsFilesInManyPieces(ExtFlavour flavour) throws IOException {
    Random random = new Random(1);
    byte[] piece = new byte[1024];
    Path many = files.resolve("many");
    try (RandomAccessFile file = new RandomAccessFile(many.toFile(), "rw")) {
      for (int i = 0; i < 2500; i++) {
        // Others' blocks are between these, so that no two are together.
        file.seek(i * 8192L);
        random.nextBytes(piece);
        file.write(piece);
      }
      // By blocks of blocks of blocks, where there are no extents.
      file.seek(80L << 20);
      file.write(piece);
    }
    flavour.make(image, files, "64M");
    try (FileSystem mounted = DiskFileSystems.open(image);
        BlockDevice stored = DiskImages.open(image)) {
      Path ours = mounted.getPath("/many");
      assertEquals(-1, Files.mismatch(many, ours));
      List<ByteRange> ranges = DiskFileSystems.ranges(ours);
      assertTrue(ranges.size() > 2500, () -> "ranges: " + ranges.size());
      byte[] expected = new byte[1024];
      byte[] found = new byte[1024];
      long at = 0;
      try (BlockDevice content = DiskFileSystems.device(ours)) {
        for (ByteRange range : ranges) {
          if (!range.isHole()) {
            content.read(at, expected);
            stored.read(range.offset(), found);
            assertArrayEquals(expected, found);
          }
          at += range.length();
        }
        assertEquals(content.size(), at);
        assertTrue(countOfData(content) >= 2501);
      }
    }
  }

  private static int countOfData(BlockDevice content) throws IOException {
    int count = 0;
    long next = 0;
    ExtentCursor extents = content.extents();
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      assertEquals(next, extent.offset());
      next += extent.length();
      count += extent.readsAsZeroes() ? 0 : 1;
    }
    assertEquals(content.size(), next);
    return count;
  }

  @Test
  void readsFilesOfTerabytes() throws IOException {
    Path large = files.resolve("large");
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(1L << 42);
      file.seek((1L << 42) - 3);
      file.write(new byte[] {1, 2, 3});
    }
    ExtFlavour.MODERN.make(image, files, "24M");
    try (FileSystem mounted = DiskFileSystems.open(image);
        BlockDevice content = DiskFileSystems.device(mounted.getPath("/large"))) {
      assertEquals(1L << 42, content.size());
      byte[] end = new byte[5];
      content.read((1L << 42) - 5, end);
      assertArrayEquals(new byte[] {0, 0, 1, 2, 3}, end);
      assertEquals(1, countOfData(content));
    }
  }

  @Test
  void blocksThatWereNeverWrittenAreZeroes() throws IOException {
    Files.write(files.resolve("b"), filled(40_960));
    ExtFlavour.MODERN.make(image, files, "24M");
    // Blocks that had content are now another file's.
    change("rm b", "write /dev/null c", "fallocate c 0 9", "sif c size 40000");
    assertTrue(ask("ex c").contains("Uninit"), ask("ex c"));
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      assertArrayEquals(new byte[40_000], Files.readAllBytes(mounted.getPath("/c")));
    }
  }

  private static byte[] filled(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 'x');
    return bytes;
  }

  @Test
  void namesMayBeAnyBytes() throws IOException {
    ExtFlavour.MODERN.make(image, files, "24M");
    Path content = files.resolve("a");
    byte[] command =
        ("write "
                + content
                + " bad-\u00ff\u00fe-name\nwrite "
                + content
                + " "
                + "n".repeat(255)
                + "\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    Oracle.of("debugfs").input(command).run("-w", "-f", "-", image).orFail();
    List<String> names = new ArrayList<>();
    try (FileSystem mounted = DiskFileSystems.open(image);
        Stream<Path> all = Files.list(mounted.getPath("/"))) {
      all.forEach(path -> names.add(path.getFileName().toString()));
      String bad = "bad-\udcff\udcfe-name";
      assertTrue(names.contains(bad), names.toString());
      assertTrue(names.contains("n".repeat(255)), names.toString());
      assertEquals("content", Files.readString(mounted.getPath("/" + bad)));
    }
  }

  @Test
  void theRootIsNotInItself() throws IOException {
    ExtFlavour.MODERN.make(image, files, "24M");
    Oracle.of("debugfs").run("-w", "-R", "ln <2> self", image).orFail();
    try (FileSystem mounted = DiskFileSystems.open(image);
        Stream<Path> all = Files.walk(mounted.getPath("/"))) {
      Exception e = assertThrows(UncheckedIOException.class, () -> all.forEach(path -> {}));
      assertTrue(String.valueOf(e.getMessage()).contains("an entry for itself"), e::toString);
    }
  }

  @Test
  void freeEntriesMayHaveAnyName() throws IOException {
    ExtFlavour.EXT2_1K.make(image, files, "8M");
    int root = Integer.parseInt(ask("blocks /").strip()) * 1024;
    byte[] bytes = Files.readAllBytes(image);
    ByteBuffer numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int at = root;
    while (at + numbers.getShort(at + 4) < root + 1024) {
      at += numbers.getShort(at + 4);
    }
    numbers.putShort(at + 4, (short) (numbers.getShort(at + 4) - 12));
    int free = root + 1024 - 12;
    numbers.putInt(free, 0).putShort(free + 4, (short) 12).put(free + 6, (byte) 255);
    Files.write(image, bytes);
    readAll();
  }

  @Test
  void refusesWhatIsEncrypted() throws IOException {
    Files.createDirectory(files.resolve("secret"));
    ExtFlavour.OTHERS.make(image, files, "24M");
    change("sif a flags 0x80800", "sif secret flags 0x80800");
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      UnsupportedFeatureException refused =
          assertThrows(
              UnsupportedFeatureException.class, () -> Files.readAllBytes(mounted.getPath("/a")));
      assertTrue(refused.feature().startsWith("an encrypted file of ext4"), refused.feature());
      assertThrows(
          UnsupportedFeatureException.class,
          () -> Files.newDirectoryStream(mounted.getPath("/secret")).close());
      assertTrue(Files.exists(mounted.getPath("/a"), LinkOption.NOFOLLOW_LINKS));
    }
  }

  @Test
  void refusesFeaturesByName() throws IOException {
    ExtFlavour.EXT2_1K.make(image, files, "8M");
    byte[] bytes = Files.readAllBytes(image);
    ByteBuffer numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    Map<Integer, String> refused =
        Map.of(
            0x1, "ext4 compression",
            0x8, "ext4 journal_dev",
            0x1000, "ext4 dirdata",
            0x800000, "ext4 incompatible feature 0x800000");
    for (Map.Entry<Integer, String> each : refused.entrySet()) {
      numbers.putInt(1024 + 0x60, each.getKey());
      Files.write(image, bytes);
      UnsupportedFeatureException failure =
          assertThrows(UnsupportedFeatureException.class, () -> DiskFileSystems.open(image));
      assertEquals(each.getValue(), failure.feature());
    }
  }

  @Test
  void checksumsFindEachChange() throws IOException {
    ExtFlavour.MODERN.make(image, files, "24M");
    int inode =
        Integer.parseInt(
            ask("imap a")
                .replaceAll("(?s).*located at block (\\d+), offset 0x([0-9a-f]+).*", "$1"));
    int offset =
        Integer.parseInt(
            ask("imap a").replaceAll("(?s).*located at block (\\d+), offset 0x([0-9a-f]+).*", "$2"),
            16);
    int root = Integer.parseInt(ask("blocks /").strip());
    byte[] bytes = Files.readAllBytes(image);
    for (int at :
        new int[] {1024 + 0x78, 4096 + 0x10, inode * 4096 + offset + 4, root * 4096 + 30}) {
      byte[] changed = bytes.clone();
      changed[at] ^= 1;
      Files.write(image, changed);
      CorruptImageException failure =
          assertThrows(CorruptImageException.class, this::readAll, () -> "at " + at);
      assertTrue(String.valueOf(failure.getMessage()).contains("checksum"), failure.getMessage());
    }
  }

  private void readAll() throws IOException {
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      assertEquals("content", Files.readString(mounted.getPath("/a")));
    }
  }
}
