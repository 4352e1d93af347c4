package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that are resized, compacted, committed and emptied. */
final class MaintenanceTest {
  private static final int SIZE = 3 << 20;

  @TempDir private Path directory;

  private Path at(String name) {
    return directory.resolve(name);
  }

  private static void resize(Path file, long size) throws IOException {
    try (DiskImage disk = DiskImages.open(file, WriteTest.WRITABLE)) {
      disk.resize(size);
      assertEquals(size, disk.size());
    }
  }

  private static void write(Path file, int offset, byte[] content) throws IOException {
    try (DiskImage disk = DiskImages.open(file, WriteTest.WRITABLE)) {
      disk.write(offset, content);
    }
  }

  private static void maintain(Path file, Step step) throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(file, WriteTest.WRITABLE)) {
      step.on(image);
    }
  }

  @FunctionalInterface
  private interface Step {
    void on(ImageMaintenance image) throws IOException;
  }

  // Resizing

  @ParameterizedTest
  @ValueSource(
      strings = {
        "monolithicSparse",
        "monolithicFlat",
        "twoGbMaxExtentSparse",
        "twoGbMaxExtentFlat"
      })
  void whatIsResizedIsWhatQemuReads(String subformat) throws IOException {
    Path file = at("x.vmdk");
    Oracle.qemuImg("create", "-q", "-f", "vmdk", "-o", "subformat=" + subformat, file, "" + SIZE)
        .orFail();
    byte[] content = RandomContent.of(1, 0, SIZE);
    write(file, 0, content);
    // Then the directory is longer than its sector; and shorter again; and there is none.
    for (int size : new int[] {SIZE + 512, 200 << 20, 2 << 20, 0, 0, 9 << 20}) {
      resize(file, size);
      content = Arrays.copyOf(content, Math.min(size, 9 << 20));
      if (size == 0) {
        // qemu-img opens no empty disk, not one of its own either, or its info aborts.
        assertEquals(0, Images.content(file).length);
        continue;
      }
      Path raw = Files.write(at("x.raw"), content);
      try (DiskImage plain =
          DiskImages.open(raw, io.diskformat.OpenOptions.writable().format("raw"))) {
        plain.resize(size);
      }
      Oracle.qemuImg("compare", "-f", "vmdk", "-F", "raw", file, raw).orFail();
      String info = Oracle.qemuImg("info", "--output=json", file).orFail().output();
      assertTrue(info.contains("\"virtual-size\": " + size), info);
      if (subformat.endsWith("Sparse")) {
        Oracle.qemuImg("check", "-f", "vmdk", file).orFail();
      }
      byte[] more = RandomContent.of(size, 1 << 20, 1000);
      write(file, 1 << 20, more);
      System.arraycopy(more, 0, content, 1 << 20, 1000);
    }
  }

  @Test
  void whatTheLastExtentIsDecides() throws IOException {
    var _ = EsxFiles.cowd(Disk.mixed(1, 5000, 1, Grain.STORED, Grain.HOLE)).write(at("s"));
    Files.write(at("f"), RandomContent.of(1, 0, 512 * 20));
    DescriptorFile descriptor =
        new DescriptorFile("RW 5000 VMFSSPARSE \"s\"").more("ddb.geometry.heads = \"16\"");
    descriptor.more("ddb.geometry.sectors = \"63\"").more("ddb.geometry.cylinders = \"4\"");
    Path file = descriptor.write(at("x.vmdk"));
    byte[] before = Images.content(file);
    resize(file, 512 * 20_000);
    assertArrayEquals(Arrays.copyOf(before, 512 * 20_000), Images.content(file));
    assertTrue(Files.readString(file).contains("RW 20000 VMFSSPARSE"), Files.readString(file));
    assertTrue(Files.readString(file).contains("cylinders = \"19\""), Files.readString(file));
    assertEquals("", CowdUnderTest.COWD.problemOf(at("s")));

    Path flat = new DescriptorFile("RW 9 ZERO", "RW 10 FLAT \"f\" 2").write(at("flat.vmdk"));
    byte[] shown = Images.content(flat);
    resize(flat, 512 * 29);
    // What the file had behind the extent does not show.
    assertArrayEquals(Arrays.copyOf(shown, 512 * 29), Images.content(flat));
    Path zero = new DescriptorFile("RW 9 ZERO").write(at("zero.vmdk"));
    resize(zero, 512 * 7000);
    assertArrayEquals(new byte[512 * 7000], Images.content(zero));
    Path zeroes = new DescriptorFile("RW 9 ZERO", "RW 9 ZERO").write(at("zeroes.vmdk"));
    assertRefused(zeroes, "last extent begins", 512 * 9);
    assertRefused(flat, "last extent begins", 512 * 9);
  }

  private static void assertRefused(Path file, String words, long size) {
    IOException e = assertThrows(UnsupportedFeatureException.class, () -> resize(file, size));
    assertTrue(String.valueOf(e.getMessage()).contains(words), e.getMessage());
  }

  @Test
  void aResizeOfWhatOthersUseIsRefused() throws IOException {
    Files.write(at("f"), new byte[512 * 20]);
    Path shared =
        new DescriptorFile("RW 10 FLAT \"f\" 0", "RW 10 FLAT \"f\" 10").write(at("x.vmdk"));
    assertRefused(shared, "shares its file", 512 * 30);
    Path readOnly = new DescriptorFile("RW 10 ZERO", "RDONLY 10 FLAT \"f\" 10").write(at("y.vmdk"));
    assertRefused(readOnly, "last extent is read-only", 512 * 30);
  }

  // Compaction

  @Test
  void whatIsZeroOrAsBelowIsNoLongerStored() throws IOException {
    Disk below = Disk.mixed(1, 2000, 8, Grain.STORED);
    var _ = new SparseFile(below).described().build().write(at("parent.vmdk"));
    Disk disk = Disk.mixed(2, 2000, 8, Grain.STORED);
    System.arraycopy(below.content, 0, disk.content, 0, 512 * 800);
    Arrays.fill(disk.content, 512 * 1200, 512 * 1600, (byte) 0);
    SparseFile file = new SparseFile(disk);
    file.version = 2;
    Path path =
        file.described(SparseFile.of(disk).over("parent.vmdk", "12345678"))
            .build()
            .write(at("x.vmdk"));
    long before = Files.size(path);
    byte[] descriptor = Arrays.copyOfRange(Files.readAllBytes(path), 512, 21 * 512);
    List<Long> reports = new ArrayList<>();
    maintain(path, image -> image.compact((done, _) -> reports.add(done)));
    assertEquals(before - 512 * 1200, Files.size(path));
    assertArrayEquals(disk.content, Images.content(path));
    assertEquals("", VmdkUnderTest.VMDK.problemOf(path));
    assertEquals(reports.stream().sorted().toList(), reports);
    assertEquals(512 * 2000, reports.getLast());
    // The disk holds what it did, and so children of it stay valid.
    assertArrayEquals(descriptor, Arrays.copyOfRange(Files.readAllBytes(path), 512, 21 * 512));
  }

  @Test
  void flatImagesAreNotCompacted() throws IOException {
    Files.write(at("f"), new byte[512 * 20]);
    Path file = new DescriptorFile("RW 20 FLAT \"f\" 0").write(at("x.vmdk"));
    assertThrows(
        UnsupportedFeatureException.class,
        () -> maintain(file, image -> image.compact(ProgressListener.NONE)));
  }

  // Commit

  private Path child(Disk below, Disk disk) throws IOException {
    var _ = new SparseFile(below).described().build().write(at("parent.vmdk"));
    SparseFile file = new SparseFile(disk);
    file.version = 2;
    return file.described(SparseFile.of(disk).over("parent.vmdk", "12345678"))
        .build()
        .write(at("x.vmdk"));
  }

  @Test
  void whatIsCommittedIsInTheParent() throws IOException {
    Disk below = Disk.mixed(1, 1000, 128, Grain.values());
    Disk disk = Disk.mixed(2, 1500, 8, Grain.values());
    Path child = child(below, disk);
    byte[] shown = disk.over(below.content);
    assertArrayEquals(shown, Images.content(child));
    long before = Files.size(child);
    maintain(
        child,
        image -> {
          assertEquals(List.of(), image.commit(ProgressListener.NONE));
          assertArrayEquals(shown, Images.content(at("parent.vmdk")));
          image.empty();
        });
    assertArrayEquals(shown, Images.content(child));
    assertTrue(Files.size(child) < before - 512 * 400, Files.size(child) + " bytes");
    assertEquals("", VmdkUnderTest.VMDK.problemOf(child));
    // Again, now that it is empty; and another child is one no longer.
    maintain(child, image -> image.commit(ProgressListener.NONE));
    assertArrayEquals(shown, Images.content(child));
    assertNotEquals(
        0x12345678L,
        DiskImages.open(at("parent.vmdk"), Images.READ_ONLY).info().details().get("cid"));
    Path other =
        new DescriptorFile("RW 9 ZERO").over("parent.vmdk", "12345678").write(at("y.vmdk"));
    Images.assertRefused(DiskFormatException.class, "CID", other);
  }

  @Test
  void anEmptiedImageShowsItsParent() throws IOException {
    Disk below = Disk.mixed(1, 1000, 8, Grain.STORED);
    Path child = child(below, Disk.mixed(2, 1000, 8, Grain.values()));
    maintain(child, ImageMaintenance::empty);
    assertArrayEquals(below.content, Images.content(child));
    assertThrows(
        DiskFormatException.class,
        () -> maintain(at("parent.vmdk"), image -> image.commit(ProgressListener.NONE)));
    assertThrows(
        DiskFormatException.class, () -> maintain(at("parent.vmdk"), ImageMaintenance::empty));
  }
}
