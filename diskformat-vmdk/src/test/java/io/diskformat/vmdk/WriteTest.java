package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ImageLockedException;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that are written in place. */
final class WriteTest {
  static final OpenOptions WRITABLE =
      OpenOptions.writable().format("vmdk").references(ReferencePolicy.sameDirectory());

  private static final int SIZE = 5 << 20;

  @TempDir private Path directory;

  private Path at(String name) {
    return directory.resolve(name);
  }

  private static Map<String, Object> details(Path file) throws IOException {
    try (DiskImage image = DiskImages.open(file, OpenOptions.readOnly().metadataOnly())) {
      return image.info().details();
    }
  }

  private static String text(Path descriptor) throws IOException {
    return Files.readString(descriptor, StandardCharsets.ISO_8859_1);
  }

  /** Writes here and there, and zeroes, and discards; returns what the disk then holds. */
  private static byte[] change(Path file, byte[] before) throws IOException {
    byte[] now = before.clone();
    try (DiskImage disk = DiskImages.open(file, WRITABLE)) {
      for (int offset : new int[] {0, 70_000, now.length / 2 - 1000, now.length - 300_000}) {
        byte[] content = RandomContent.of(offset + 1, offset, 131_072);
        disk.write(offset, content);
        System.arraycopy(content, 0, now, offset, content.length);
      }
      disk.writeZeroes(10_000, 200_000);
      Arrays.fill(now, 10_000, 210_000, (byte) 0);
      disk.discard(now.length - 262_144, 131_072);
      disk.read(0, now);
      disk.flush();
    }
    return now;
  }

  @ParameterizedTest
  @CsvSource({
    "monolithicSparse,off",
    "monolithicSparse,on",
    "twoGbMaxExtentSparse,off",
    "monolithicFlat,off",
    "twoGbMaxExtentFlat,off"
  })
  void whatIsWrittenIsWhatQemuReads(String subformat, String zeroed) throws IOException {
    Path file = at("x.vmdk");
    String options = "subformat=" + subformat;
    if (subformat.endsWith("Sparse")) {
      options += ",zeroed_grain=" + zeroed;
    }
    Oracle.qemuImg("create", "-q", "-f", "vmdk", "-o", options, file, "" + SIZE).orFail();
    byte[] content = change(file, new byte[SIZE]);
    content = change(file, content);
    Path raw = Files.write(at("x.raw"), content);
    Oracle.qemuImg("compare", "-f", "vmdk", "-F", "raw", file, raw).orFail();
    if (subformat.endsWith("Sparse")) {
      Oracle.qemuImg("check", "-f", "vmdk", file).orFail();
    }
    assertArrayEquals(content, Images.content(file));
  }

  @Test
  void aSplitImageIsWrittenAcrossItsFiles() throws IOException {
    Disk first = Disk.mixed(1, 1001, 8, Grain.values());
    Disk second = Disk.mixed(2, 1000, 16, Grain.STORED, Grain.HOLE);
    var _ = new SparseFile(first).build().write(at("s1"));
    var _ = EsxFiles.cowd(second).write(at("s2"));
    Files.write(at("f"), RandomContent.of(1, 0, 512 * 300));
    Path file =
        new DescriptorFile(
                "RW 1001 SPARSE \"s1\"",
                "RW 1000 VMFSSPARSE \"s2\"",
                "RW 200 FLAT \"f\" 50",
                "RDONLY 20 FLAT \"r\"",
                "RW 7 ZERO")
            .write(at("x.vmdk"));
    Files.write(at("r"), new byte[512 * 20]);
    byte[] flat = Files.readAllBytes(at("f"));
    byte[] now = Images.content(file);
    try (DiskImage disk = DiskImages.open(file, WRITABLE)) {
      byte[] content = RandomContent.of(3, 0, 512 * 2100);
      disk.write(512 * 50, content);
      System.arraycopy(content, 0, now, 512 * 50, content.length);
      long end = 512L * 2201;
      assertThrows(UnsupportedOperationException.class, () -> disk.write(end - 1, new byte[2]));
      assertThrows(UnsupportedOperationException.class, () -> disk.write(end, new byte[512]));
      assertThrows(IndexOutOfBoundsException.class, () -> disk.write(disk.size() - 1, new byte[2]));
    }
    assertArrayEquals(now, Images.content(file));
    byte[] after = Files.readAllBytes(at("f"));
    assertArrayEquals(Arrays.copyOf(flat, 512 * 50), Arrays.copyOf(after, 512 * 50));
    assertArrayEquals(
        Arrays.copyOfRange(flat, 512 * 250, 512 * 300),
        Arrays.copyOfRange(after, 512 * 250, 512 * 300));
    assertEquals("", CowdUnderTest.COWD.problemOf(at("s2")));
  }

  @Test
  void aChildStoresWholeGrainsOverItsParent() throws IOException {
    Disk below = Disk.mixed(1, 3000, 8, Grain.STORED);
    var _ = new SparseFile(below).described().build().write(at("parent.vmdk"));
    byte[] parent = Files.readAllBytes(at("parent.vmdk"));
    Disk disk = VmdkUnderTest.empty("128", 3000 * 512);
    var _ =
        new SparseFile(disk)
            .described(SparseFile.of(disk).over("parent.vmdk", "12345678"))
            .build()
            .write(at("x.vmdk"));
    byte[] now = below.content.clone();
    try (DiskImage image = DiskImages.open(at("x.vmdk"), WRITABLE)) {
      byte[] content = RandomContent.of(7, 100_000, 1000);
      image.write(100_000, content);
      System.arraycopy(content, 0, now, 100_000, 1000);
      image.writeZeroes(3 * 65536, 65536);
      Arrays.fill(now, 3 * 65536, 4 * 65536, (byte) 0);
      image.discard(5 * 65536, 65536);
      Arrays.fill(now, 5 * 65536, 6 * 65536, (byte) 0);
      Extent zeroed = image.extents(3 * 65536, 1).next();
      assertEquals(Extent.Kind.ZERO, zeroed.kind());
    }
    assertArrayEquals(now, Images.content(at("x.vmdk")));
    assertArrayEquals(parent, Files.readAllBytes(at("parent.vmdk")));
  }

  // The descriptor

  @Test
  void theFirstWriteChangesWhatTheContentIsKnownBy() throws IOException {
    Files.write(at("f"), new byte[4096]);
    String before =
        new DescriptorFile("RW 8 FLAT \"f\" 0")
            .more("ddb.longContentID = \"00112233445566778899aabb12345678\"")
            .more("ddb.unknown.key = \"  kept \"  ")
            .text()
            .replace("\n", "\r\n")
            .replace("version=1", "version = 3 ")
            .replace("\r\nCID=", "\r\n# Change Tracking File\r\nchangeTrackPath=\"c-ctk\"\r\nCID=");
    Path file = Files.writeString(at("x.vmdk"), before);
    try (DiskImage disk = DiskImages.open(file, WRITABLE)) {
      disk.flush();
      byte[] bytes = new byte[10];
      disk.read(0, bytes);
      assertThrows(IndexOutOfBoundsException.class, () -> disk.write(disk.size(), new byte[1]));
    }
    assertEquals(before, text(file), "nothing was written");
    try (DiskImage disk = DiskImages.open(file, WRITABLE)) {
      disk.write(0, new byte[1]);
      assertNotEquals(before, text(file), "before the flush, even");
      assertNotEquals(0x12345678L, disk.info().details().get("cid"));
    }
    String after = text(file);
    String cid = after.replaceAll("(?s).*\nCID=([0-9a-f]{8})\r\n.*", "$1");
    String longId = after.replaceAll("(?s).*longContentID = \"([0-9a-f]{32})\".*", "$1");
    assertEquals(cid, longId.substring(24));
    assertNotEquals("00112233445566778899aabb", longId.substring(0, 24));
    assertEquals(
        before
            .replace("# Change Tracking File\r\nchangeTrackPath=\"c-ctk\"\r\n", "")
            .replace("version = 3 ", "version = 1 ")
            .replace("CID=12345678", "CID=" + cid)
            .replace("00112233445566778899aabb12345678", longId),
        after);
  }

  @Test
  void aChildOfWhatWasWrittenNoLongerOpens() throws IOException {
    Disk disk = Disk.mixed(1, 100, 8, Grain.STORED);
    var _ = new SparseFile(disk).described().build().write(at("parent.vmdk"));
    Path child =
        new DescriptorFile("RW 100 SPARSE \"s\"")
            .over("parent.vmdk", "12345678")
            .write(at("x.vmdk"));
    var _ = new SparseFile(Disk.mixed(2, 100, 8, Grain.HOLE)).build().write(at("s"));
    assertArrayEquals(disk.content, Images.content(child));
    try (DiskImage parent = DiskImages.open(at("parent.vmdk"), WRITABLE)) {
      parent.write(1, new byte[1]);
    }
    Images.assertRefused(io.diskformat.DiskFormatException.class, "CID", child);
  }

  /** Its text is longer than a sector, and nothing of the extent is overwritten. */
  @Test
  void aDescriptorInsideAnExtentStaysWithinItsRoom() throws IOException {
    Disk disk = Disk.mixed(1, 1000, 8, Grain.values());
    DescriptorFile text = SparseFile.of(disk);
    for (int i = 0; i < 40; i++) {
      text.more("ddb.key" + i + " = \"value of a key that nobody knows\"");
    }
    text.more("ddb.longContentID = \"00112233445566778899aabb12345678\"");
    Path file = new SparseFile(disk).described(text).build().write(at("x.vmdk"));
    byte[] now = change(512, disk.content, file);
    assertArrayEquals(now, Images.content(file));
    String after = text(file).substring(512, 21 * 512);
    int end = after.indexOf(0);
    assertTrue(after.contains("ddb.key39"), after);
    assertEquals("", after.substring(end).replace("\0", ""));
    assertEquals("", VmdkUnderTest.VMDK.problemOf(file));
  }

  private static byte[] change(int offset, byte[] before, Path file) throws IOException {
    byte[] now = before.clone();
    byte[] content = RandomContent.of(9, offset, 20_000);
    try (DiskImage image = DiskImages.open(file, WRITABLE)) {
      image.write(offset, content);
    }
    System.arraycopy(content, 0, now, offset, content.length);
    return now;
  }

  // Refusals

  @Test
  void whatCannotBeWrittenInPlaceIsRefusedByName() throws IOException {
    Disk disk = Disk.mixed(1, 100, 8, Grain.STORED);
    Path stream = new StreamFile(disk).build().write(at("stream.vmdk"));
    assertRefused(UnsupportedFeatureException.class, "streamOptimized", stream);
    var _ = EsxFiles.seSparse(disk, false).write(at("s"));
    Path seSparse = new DescriptorFile("RW 100 SESPARSE \"s\"").write(at("se.vmdk"));
    assertRefused(UnsupportedFeatureException.class, "seSparse", seSparse);
    SparseFile damaged = new SparseFile(disk).described();
    damaged.damage = SparseFile.Damage.TABLE_BEYOND_END;
    assertRefused(
        CorruptImageException.class, "repaired", damaged.build().write(at("damaged.vmdk")));
  }

  private static void assertRefused(Class<? extends IOException> type, String words, Path file) {
    IOException e =
        assertThrows(
            type,
            () -> {
              try (DiskImage image = DiskImages.open(file, WRITABLE)) {
                image.write(0, new byte[1]);
              }
            });
    assertTrue(String.valueOf(e.getMessage()).contains(words), e.getMessage());
  }

  /** Two grains in one place would both change; one in place of a table would destroy it. */
  @ParameterizedTest
  @ValueSource(strings = {"another grain", "a table", "not within the file", "differs"})
  void aMapThatCannotBeRightIsNotWritten(String problem) throws IOException {
    Disk disk = Disk.mixed(1, 100, 8, Grain.STORED);
    Bytes bytes = new SparseFile(disk).described().build();
    byte[] file = bytes.toArray();
    int table = 512 * word(file, 512 * word(file, 56));
    int redundant = 512 * word(file, 512 * word(file, 48));
    int entry =
        switch (problem) {
          case "another grain" -> word(file, table + 4);
          case "a table" -> 22;
          case "not within the file" -> 1 << 20;
          default -> 0;
        };
    bytes.int32(table, entry);
    if (!problem.equals("differs")) {
      bytes.int32(redundant, entry);
    }
    Path path = bytes.write(at("x.vmdk"));
    byte[] before = Files.readAllBytes(path);
    assertRefused(CorruptImageException.class, problem, path);
    byte[] after = Files.readAllBytes(path);
    assertArrayEquals(
        Arrays.copyOfRange(before, 21 * 512, before.length),
        Arrays.copyOfRange(after, 21 * 512, after.length));
  }

  private static int word(byte[] file, int position) {
    return java.nio.ByteBuffer.wrap(file).order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt(position);
  }

  @Test
  void aWriterKeepsOthersOut() throws IOException {
    Disk disk = Disk.mixed(1, 100, 8, Grain.STORED);
    var _ = new SparseFile(disk).build().write(at("s"));
    Path file =
        new DescriptorFile("RW 100 SPARSE \"s\"").type("twoGbMaxExtentSparse").write(at("x.vmdk"));
    Path other = new DescriptorFile("RW 100 SPARSE \"s\"").write(at("y.vmdk"));
    try (DiskImage _ = DiskImages.open(file, WRITABLE)) {
      assertThrows(ImageLockedException.class, () -> DiskImages.open(file, WRITABLE));
      assertThrows(ImageLockedException.class, () -> DiskImages.open(file, Images.READ_ONLY));
      assertThrows(ImageLockedException.class, () -> DiskImages.open(other, WRITABLE));
      assertFalse(
          Oracle.qemuImg("compare", "-f", "vmdk", "-F", "vmdk", file, file).exitCode() == 0);
    }
    Oracle.qemuImg("compare", "-f", "vmdk", "-F", "vmdk", file, file).orFail();
  }

  // What was left behind

  @Test
  void placesThatSomebodyLeftAreUsedFirst() throws IOException {
    Disk disk = Disk.mixed(1, 1000, 8, Grain.STORED);
    Path file = new SparseFile(disk).described().build().write(at("x.vmdk"));
    long before = Files.size(file);
    try (DiskImage image = DiskImages.open(file, WRITABLE)) {
      image.discard(0, 512 * 400);
    }
    try (DiskImage image = DiskImages.open(file, WRITABLE)) {
      image.write(0, new byte[512 * 400]);
    }
    assertEquals(before, Files.size(file));
    assertEquals("", VmdkUnderTest.VMDK.problemOf(file));
    assertTrue(details(file).containsKey("cid"));
  }

  /** It is read by the redundant directory, and so nothing of it may be lost. */
  @Test
  void whatOnlyTheRedundantDirectoryNamesIsKept() throws IOException {
    Disk disk = Disk.mixed(1, 1000, 8, Grain.values());
    SparseFile file = new SparseFile(disk).described();
    file.damage = SparseFile.Damage.DIRECTORY_ZEROED;
    Bytes bytes = file.build();
    Path closed = bytes.write(at("closed.vmdk"));
    assertRefused(CorruptImageException.class, "differs", closed);
    Path unclean = bytes.put(72, new byte[] {1}).write(at("x.vmdk"));
    assertArrayEquals(disk.content, Images.content(unclean));
    byte[] now = change(512, disk.content, unclean);
    assertArrayEquals(now, Images.content(unclean));
    assertEquals("", VmdkUnderTest.VMDK.problemOf(unclean));
  }
}
