package io.diskformat.iso;

import static io.diskformat.iso.HandmadeIso.ROOT;
import static io.diskformat.iso.HandmadeIso.SECTOR;
import static io.diskformat.iso.HandmadeIso.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is right is found to be, and each thing that is wrong is found. */
final class CheckTest {
  private static final int PRIMARY = 16 * SECTOR;

  @TempDir Path directory;
  private Path tree;
  private Path image;
  private byte[] bytes = {};

  @BeforeEach
  void tree() throws IOException {
    image = directory.resolve("made.iso");
    tree = Files.createDirectory(directory.resolve("tree"));
    byte[] loader = new byte[20_001];
    new Random(1).nextBytes(loader);
    Files.write(Files.createDirectory(tree.resolve("boot")).resolve("loader.bin"), loader);
    Files.writeString(tree.resolve("a file"), "content");
    Files.createSymbolicLink(tree.resolve("link"), Path.of("a file"));
    Files.writeString(Files.createDirectory(tree.resolve("sub")).resolve("z"), "z");
  }

  private void genisoimage() throws IOException {
    Oracle.of("genisoimage")
        .run(
            "-quiet",
            "-R",
            "-J",
            "-udf",
            "-b",
            "boot/loader.bin",
            "-c",
            "boot/catalog",
            "-no-emul-boot",
            "-boot-info-table",
            "-o",
            image,
            tree)
        .orFail();
    bytes = Files.readAllBytes(image);
  }

  private void xorriso() throws IOException {
    Oracle.of("xorriso")
        .run(
            "-as",
            "mkisofs",
            "-quiet",
            "--md5",
            "-R",
            "-J",
            "-b",
            "boot/loader.bin",
            "-c",
            "boot/catalog",
            "-no-emul-boot",
            "-boot-info-table",
            "-eltorito-alt-boot",
            "-e",
            "boot/loader.bin",
            "-no-emul-boot",
            "-isohybrid-gpt-basdat",
            "-partition_offset",
            "16",
            "-append_partition",
            "2",
            "0xef",
            tree.resolve("boot/loader.bin"),
            "-appended_part_as_gpt",
            "-o",
            image,
            tree)
        .orFail();
    bytes = Files.readAllBytes(image);
  }

  private CheckReport check() throws IOException {
    Files.write(image, bytes);
    try (ImageMaintenance maintained = DiskImages.maintain(image, OpenOptions.readOnly())) {
      return maintained.check();
    }
  }

  private void assertClean() throws IOException {
    CheckReport report = check();
    assertTrue(report.isClean(), () -> report.problems().toString());
  }

  private void assertFound(String what) throws IOException {
    String problems = check().problems().toString();
    assertTrue(problems.contains(what), problems);
  }

  private int number(int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  /** Returns where some bytes are. */
  private int find(byte[] wanted, int from) {
    for (int at = from; ; at++) {
      if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        return at;
      }
    }
  }

  @Test
  void whatToolsMakeIsClean() throws IOException {
    genisoimage();
    assertClean();
    Oracle.of("implantisomd5").run("--force", image).orFail();
    bytes = Files.readAllBytes(image);
    assertClean();
    xorriso();
    assertClean();
  }

  @Test
  void byteOrders() throws IOException {
    genisoimage();
    bytes[PRIMARY + 84]++;
    assertFound("size of the volume is");
    bytes[PRIMARY + 84]--;
    int root = number(PRIMARY + 158) * SECTOR;
    bytes[root + 6]++;
    assertFound("another by the other byte order");
  }

  @Test
  void truncated() throws IOException {
    genisoimage();
    bytes = Arrays.copyOf(bytes, bytes.length - 200 * SECTOR);
    assertFound("which was cut short");
    bytes = Arrays.copyOf(bytes, 50 * SECTOR);
    assertFound("a range of the image");
  }

  @Test
  void pathTables() throws IOException {
    genisoimage();
    int little = number(PRIMARY + 140) * SECTOR;
    int big = Integer.reverseBytes(number(PRIMARY + 148)) * SECTOR;
    bytes[little + 2]++;
    assertFound("path table L of tree plain");
    bytes[little + 2]--;
    assertClean();
    bytes[big + 10 + 7]++;
    assertFound("path table M of tree plain");
    bytes[big + 10 + 7]--;
    bytes[big + 10 + 8]++;
    assertFound("another name than its directory has");
    bytes[big + 10 + 8]--;
    bytes[PRIMARY + 132] = 10;
    bytes[PRIMARY + 139] = 10;
    assertFound("1 directories, expected the 3 that there are");
  }

  @Test
  void overlapsAndBounds() throws IOException {
    HandmadeIso disc = new HandmadeIso(60);
    disc.directory(
        ROOT,
        record("A", 30, 3 * SECTOR, 0),
        record("B", 30, 3 * SECTOR, 0),
        record("C", 32, SECTOR, 0),
        record("D", 59, 2 * SECTOR, 0));
    CheckReport report = IsoCheck.of(new DeviceBytes(disc.device()));
    String problems = report.problems().toString();
    assertTrue(problems.contains("extents at offset " + 32 * SECTOR + ": used"), problems);
    assertTrue(problems.contains(2 * SECTOR + " bytes at " + 59 * SECTOR), problems);
    // No path table, which is one more.
    assertEquals(1, problems.split("extents at", -1).length - 1);
  }

  @Test
  void bootCatalog() throws IOException {
    genisoimage();
    int catalog = number(PRIMARY + SECTOR + 71) * SECTOR;
    bytes[catalog + 4] ^= 1;
    assertFound("boot catalog at offset " + catalog + ": a checksum of");
    bytes[catalog + 4] ^= 1;
    int image = number(catalog + 32 + 8);
    bytes[image * SECTOR + 10_000] ^= 1;
    assertFound("boot info table");
    bytes[image * SECTOR + 10_000] ^= 1;
    bytes[catalog + 32 + 11] = 1;
    assertFound("boot entry");
  }

  @Test
  void isomd5sum() throws IOException {
    genisoimage();
    Oracle.of("implantisomd5").run("--force", image).orFail();
    bytes = Files.readAllBytes(image);
    bytes[find("content".getBytes(), 0)] ^= 1;
    assertFound("isomd5sum at offset");
  }

  /** Of files with attributes and ACLs, names of one file, compressed files, and of sessions. */
  @Test
  void checksumsOfFiles() throws IOException {
    byte[] zeroes = new byte[200_000];
    zeroes[70_000] = 1;
    Files.write(tree.resolve("compressed"), zeroes);
    Files.createLink(tree.resolve("sub/linked"), tree.resolve("compressed"));
    Files.createFile(tree.resolve("empty"));
    Oracle.of("xorriso")
        .run("-outdev", image, "-for_backup", "-map", tree, "/", "-set_filter_r", "--zisofs", "/")
        .orFail();
    Path more = Files.writeString(directory.resolve("more"), "in a second session");
    Oracle.of("xorriso").run("-for_backup", "-dev", image, "-map", more, "/sub/more").orFail();
    bytes = Files.readAllBytes(image);
    assertClean();
    bytes[find("in a second session".getBytes(StandardCharsets.US_ASCII), 0)]++;
    assertFound("checksum of file /sub/more of tree rockridge at offset ");
    // The last session has all of them.
    byte[] sum = sum("content");
    int recorded = find(sum, find(sum, 0) + 1);
    assertFoundNot("checksum of file /a file of tree rockridge");
    bytes[recorded]++;
    // The checksums have one themselves, and are not believed then.
    assertFound("checksums of files at offset ");
    assertFoundNot("checksum of file /a file of tree rockridge");
  }

  private void assertFoundNot(String what) throws IOException {
    String problems = check().problems().toString();
    assertFalse(problems.contains(what), problems);
  }

  private static byte[] sum(String text) {
    try {
      return MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void checksumsOfEachFile() throws IOException {
    xorriso();
    assertClean();
    // Where the directories say which checksum is whose.
    byte[] index = {0, 0, 3, 4, 'c', 'x', 0, 4, 0, 0, 0};
    int at = find(index, 0) + index.length;
    byte old = bytes[at];
    bytes[at] = 0;
    assertFound("checksum number 0, expected one of the ");
    bytes[at] = 100;
    assertFound("checksum number 100, expected one of the ");
    bytes[at] = old;
    byte[] checksums = {0, 3, 4, 'c', 'a', 0, 20, 4, 0, 0, 0, 0, 4};
    at = find(checksums, 0) + checksums.length;
    bytes[at] = 1;
    assertFound("checksums of files: ");
  }

  @Test
  void checksumsOfLibisofs() throws IOException {
    xorriso();
    bytes[find("content".getBytes(), 0)] ^= 1;
    assertFound("checksum of libisofs");
  }

  @Test
  void partitionTables() throws IOException {
    xorriso();
    bytes[512 + 40] ^= 1;
    assertFound("GPT at offset 512: CRC");
    bytes[512 + 40] ^= 1;
    bytes = Arrays.copyOf(bytes, bytes.length - 4096);
    assertFound("GPT at offset 512: a copy at sector");
  }

  /** Joliet's file is another than the one that Rock Ridge and the primary tree show. */
  @Test
  void treesThatDiffer() throws IOException {
    genisoimage();
    byte[] name = "a file".getBytes(java.nio.charset.StandardCharsets.UTF_16BE);
    int joliet = number(PRIMARY + 2 * SECTOR + 158) * SECTOR;
    int record = find(name, joliet) - 33;
    ByteBuffer both = ByteBuffer.wrap(bytes);
    // Where no file is.
    int block = 16;
    both.order(ByteOrder.LITTLE_ENDIAN).putInt(record + 2, block);
    both.order(ByteOrder.BIG_ENDIAN).putInt(record + 6, block);
    assertFound("tree joliet at offset");
    assertFound("1 files of other content than the primary tree has");
  }

  @Test
  void trees() throws IOException {
    genisoimage();
    int root = number(PRIMARY + 158) * SECTOR;
    // What goes on elsewhere is longer than anything.
    int more = find("CE".getBytes(), root);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(more + 20, 1 << 20);
    assertFound("tree rockridge at offset");
  }
}
