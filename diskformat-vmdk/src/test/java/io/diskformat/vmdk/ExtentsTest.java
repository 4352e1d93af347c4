package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.RecordedReference;
import io.diskformat.Reference;
import io.diskformat.Repair;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.vmdk.Disk.Grain;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks of several extents, of every type. */
final class ExtentsTest {
  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("x.vmdk");
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Test
  void allTypesInOneDisk() throws IOException {
    Disk sparse = Disk.mixed(1, 1000, 128, Grain.values());
    new SparseFile(sparse).build().write(directory.resolve("a b-s001.vmdk"));
    Disk cowd = Disk.mixed(2, 9001, 1, Grain.STORED, Grain.HOLE);
    EsxFiles.cowd(cowd).write(directory.resolve("x-delta.vmdk"));
    Disk se = Disk.mixed(3, 70_001, 8, Grain.values());
    EsxFiles.seSparse(se, false).write(directory.resolve("x-sesparse.vmdk"));
    Disk stream = Disk.mixed(4, 2000, 128, Grain.STORED, Grain.HOLE);
    new StreamFile(stream).build().write(directory.resolve("x-stream.vmdk"));
    byte[] flat = RandomContent.of(5, 0, 100 * 512);
    Files.write(directory.resolve("x-flat.vmdk"), flat);
    Path path =
        new DescriptorFile(
                "RW 1000 SPARSE \"a b-s001.vmdk\"",
                "RW 63 ZERO",
                "RDONLY 20 FLAT \"x-flat.vmdk\" 30",
                "RW 9001 VMFSSPARSE \"x-delta.vmdk\"",
                "RW 100 VMFS \"x-flat.vmdk\"",
                "rw 70001 sesparse \"x-sesparse.vmdk\"",
                "RW 2000 SPARSE \"x-stream.vmdk\"",
                "RW 1 VMFSRAW \"x-flat.vmdk\" 0")
            .write(file());
    Images.assertShows(
        joined(
            sparse.content,
            new byte[63 * 512],
            Arrays.copyOfRange(flat, 30 * 512, 50 * 512),
            cowd.content,
            flat,
            se.content,
            stream.content,
            Arrays.copyOf(flat, 512)),
        path);
  }

  @Test
  void whatTheDescriptorAllowsNobodyToReadIsNotOpened() throws IOException {
    Files.write(directory.resolve("f"), RandomContent.of(1, 0, 1024));
    Path path =
        new DescriptorFile("RW 2 FLAT \"f\" 0", "NOACCESS 10 FLAT \"no such file\" 0")
            .write(file());
    try (DiskImage image = DiskImages.open(path, Images.READ_ONLY)) {
      byte[] bytes = new byte[1024];
      image.read(0, bytes);
      assertArrayEquals(RandomContent.of(1, 0, 1024), bytes);
      assertEquals(12 * 512, image.size());
    }
    Images.assertRefused(DiskFormatException.class, "NOACCESS", path);
  }

  @Test
  void anExtentMustHaveAllThatIsSaidOfIt() throws IOException {
    Files.write(directory.resolve("f"), new byte[1024]);
    for (String extent : List.of("RW 3 FLAT \"f\" 0", "RW 2 FLAT \"f\" 1", "RW 0 FLAT \"f\" 3")) {
      Path path = new DescriptorFile(extent).write(file());
      Images.assertRefused(CorruptImageException.class, "was it cut short", path);
    }
    new SparseFile(Disk.mixed(1, 1000, 128, Grain.STORED)).build().write(directory.resolve("s"));
    Path path = new DescriptorFile("RW 1001 SPARSE \"s\"").write(file());
    Images.assertRefused(CorruptImageException.class, "was it cut short", path);
    new DescriptorFile("RW 999 SPARSE \"s\"").write(file());
    assertEquals(999 * 512, Images.content(path).length);
  }

  @Test
  void aSparseFileIsOneExtent() throws IOException {
    new SparseFile(Disk.mixed(1, 1000, 128, Grain.STORED)).build().write(directory.resolve("s"));
    String line = "RW 1000 SPARSE \"s\"";
    Images.assertRefused(
        CorruptImageException.class,
        "several extents",
        new DescriptorFile(line, line).write(file()));
    Images.assertRefused(
        CorruptImageException.class,
        "several extents",
        new DescriptorFile(line, "RW 1 FLAT \"s\" 0").write(file()));
  }

  @ParameterizedTest
  @CsvSource({"VMFSSPARSE, COWD header", "SESPARSE, seSparse header", "SPARSE, sparse header"})
  void anExtentMustBeOfItsType(String type, String words) throws IOException {
    Files.write(directory.resolve("f"), RandomContent.of(1, 0, 4096));
    Path path = new DescriptorFile("RW 1 " + type + " \"f\"").write(file());
    Images.assertRefused(CorruptImageException.class, words, path);
  }

  @Test
  void aJournalThatWaitsIsRefused() throws IOException {
    EsxFiles.seSparse(Disk.mixed(1, 1000, 8, Grain.STORED), true).write(directory.resolve("s"));
    Path path = new DescriptorFile("RW 1000 SESPARSE \"s\"").type("seSparse").write(file());
    Images.assertRefused(UnsupportedFeatureException.class, "journal", path);
  }

  @Test
  void aDescriptorInsideIsOfItsExtentAlone() throws IOException {
    SparseFile sparse = new SparseFile(Disk.mixed(1, 1000, 128, Grain.STORED));
    for (String line : List.of("RW 1000 FLAT \"/etc/passwd\" 0", "RW 1000 ZERO")) {
      sparse.descriptor = new DescriptorFile(line).text();
      Images.assertRefused(
          UnsupportedFeatureException.class, "not of it alone", sparse.build().write(file()));
    }
  }

  /** QEMU's headers say that there is a descriptor inside; others have tables there. */
  @Test
  void anExtentOfSeveralIsNoImage() throws IOException {
    Oracle.qemuImg(
            "create", "-q", "-f", "vmdk", "-o", "subformat=twoGbMaxExtentSparse", file(), "3G")
        .orFail();
    String words = "an extent of a VMDK image on its own; open its descriptor";
    for (int i = 1; i <= 2; i++) {
      Path extent = directory.resolve(file().getFileName().toString().replace(".", "-s00" + i + "."));
      Images.assertRefused(UnsupportedFeatureException.class, words, extent);
    }
    Path tables = directory.resolve("s");
    withTablesForADescriptor().write(tables);
    Images.assertRefused(UnsupportedFeatureException.class, words, tables);
    EsxFiles.cowd(Disk.mixed(1, 100, 8, Grain.STORED)).write(tables);
    Images.assertRefused(UnsupportedFeatureException.class, words, tables);
  }

  private static Bytes withTablesForADescriptor() {
    return new SparseFile(Disk.mixed(1, 1000, 8, Grain.STORED, Grain.HOLE))
        .build()
        .int64(28, 1)
        .int64(36, 20);
  }

  @Test
  void anExtentOfSeveralWithTablesWhereADescriptorIsSaidToBe() throws IOException {
    withTablesForADescriptor().write(directory.resolve("s"));
    Path path = new DescriptorFile("RW 1000 SPARSE \"s\"", "RW 9 ZERO").write(file());
    byte[] content = Images.content(path);
    try (DiskImage disk = DiskImages.open(path, WriteTest.WRITABLE)) {
      // One that is stored, and one that is not.
      disk.write(100, new byte[] {5});
      disk.write(5000, new byte[] {6});
    }
    content[100] = 5;
    content[5000] = 6;
    assertArrayEquals(content, Images.content(path));
    try (ImageMaintenance image = DiskImages.maintain(path, WriteTest.WRITABLE)) {
      assertTrue(image.check().isClean());
      assertTrue(image.repair(Repair.ALL).left().isClean());
    }
  }

  @Test
  void tenThousandExtentsOfOneFile() throws IOException {
    byte[] content = RandomContent.of(1, 0, 10_000 * 512);
    Files.write(directory.resolve("f"), content);
    DescriptorFile descriptor = new DescriptorFile();
    byte[] expected = new byte[content.length];
    for (int i = 0; i < 10_000; i++) {
      int from = i * 7 % 10_000;
      descriptor.extents.add("RW 1 FLAT \"f\" " + from);
      System.arraycopy(content, from * 512, expected, i * 512, 512);
    }
    assertArrayEquals(expected, Images.content(descriptor.write(file())));
  }

  @Test
  void namesInTheEncodingThatTheDescriptorNames() throws IOException {
    byte[] content = RandomContent.of(1, 0, 512);
    Files.write(directory.resolve("Übung 磁.vmdk"), content);
    DescriptorFile descriptor = new DescriptorFile("RW 1 FLAT \"Übung 磁.vmdk\" 0");
    String text = "encoding=\"GB18030\"\n" + descriptor.text();
    Path path =
        Files.write(
            file(),
            ("# Disk DescriptorFile\n" + text)
                .getBytes(java.nio.charset.Charset.forName("GB18030")));
    assertArrayEquals(content, Images.content(path));
    assertArrayEquals(content, Images.content(descriptor.write(file())));
  }

  @Test
  void isDescribedWithoutItsFiles() throws IOException {
    Path path =
        new DescriptorFile("RW 20 SPARSE \"s1\"", "RDONLY 10 FLAT \"f\" 5", "RW 3 ZERO")
            .over("base.vmdk", "00000007")
            .write(file());
    try (DiskImage image = DiskImages.open(path, OpenOptions.readOnly().metadataOnly())) {
      ImageInfo info = image.info();
      assertEquals(33 * 512, info.virtualSize());
      assertEquals(
          List.of(Reference.Kind.BACKING_FILE, Reference.Kind.EXTENT, Reference.Kind.EXTENT),
          info.references().stream().map(RecordedReference::kind).toList());
      assertEquals(
          List.of("base.vmdk", "s1", "f"),
          info.references().stream().map(RecordedReference::name).toList());
      assertEquals(0x1234_5678L, info.details().get("cid"));
      assertEquals(7L, info.details().get("parent-cid"));
      assertEquals("custom", info.details().get("create-type"));
      assertEquals(
          List.of(
              Map.of("virtual-size", 10240L, "filename", directory + "/s1", "format", "SPARSE"),
              Map.of(
                  "virtual-size",
                  5120L,
                  "filename",
                  directory + "/f",
                  "format",
                  "FLAT",
                  "access",
                  "RDONLY"),
              Map.of("virtual-size", 1536L, "format", "ZERO")),
          info.details().get("extents"));
    }
  }

  @Test
  void aLongDescriptorIsRefused() throws IOException {
    byte[] text =
        (new DescriptorFile("RW 1 ZERO").text() + "#".repeat(2 << 20))
            .getBytes(StandardCharsets.UTF_8);
    Images.assertRefused(
        UnsupportedFeatureException.class, "descriptor of", Files.write(file(), text));
  }
}
