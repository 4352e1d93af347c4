package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.testing.Corpus;
import io.diskformat.testing.Oracle;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A check finds what is wrong, and nothing where nothing is. */
final class CheckTest {
  @TempDir private Path directory;

  private Path at(String name) {
    return directory.resolve(name);
  }

  private static CheckReport check(Path file) throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(file, Images.READ_ONLY)) {
      return image.check();
    }
  }

  private static void assertClean(Path file) throws IOException {
    CheckReport report = check(file);
    assertTrue(report.isClean(), file + ": " + report.problems());
  }

  private static void assertFound(Path file, long corruptions, String words) throws IOException {
    CheckReport report = check(file);
    assertEquals(corruptions, report.corruptions(), report.problems().toString());
    assertTrue(report.problems().toString().contains(words), report.problems().toString());
  }

  @ParameterizedTest
  @EnumSource(Subformat.class)
  void nothingIsWrongWithNewImages(Subformat subformat) throws IOException {
    CreateOptions options = CreateOptions.format("vmdk").option("subformat", subformat.text);
    for (long size : new long[] {0, 512, 5L << 30}) {
      DiskImages.create(at("x.vmdk"), options.size(size).replaceExisting());
      assertClean(at("x.vmdk"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "monolithicSparse",
        "twoGbMaxExtentSparse",
        "twoGbMaxExtentFlat",
        "streamOptimized"
      })
  void norWithThoseOfQemu(String subformat) throws IOException {
    byte[] content = Stored.content(new java.util.Random(1), 9001);
    Path raw = Files.write(at("x.raw"), content);
    Oracle.qemuImg(
            "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=" + subformat, raw, at("x.vmdk"))
        .orFail();
    assertClean(at("x.vmdk"));
    CheckReport report = check(at("x.vmdk"));
    if (!subformat.endsWith("Flat")) {
      assertTrue(report.allocatedClusters() > 0);
      assertEquals(Math.ceilDiv(9001, 128), report.totalClusters());
      boolean stream = subformat.equals("streamOptimized");
      assertEquals(stream ? report.allocatedClusters() : 0, report.compressedClusters());
    }
  }

  @Test
  void norWithHandmadeOnes() throws IOException {
    for (int grain : new int[] {1, 8, 128}) {
      Disk disk = Disk.mixed(1, 3000, grain, Grain.values());
      assertClean(new SparseFile(disk).described().build().write(at("s.vmdk")));
      Disk stored = Disk.mixed(1, 3000, grain, Grain.STORED, Grain.HOLE);
      for (boolean front : new boolean[] {true, false}) {
        StreamFile stream = new StreamFile(stored);
        stream.front = front;
        stream.progress = front;
        assertClean(stream.build().write(at("t.vmdk")));
      }
    }
  }

  private Path seSparse(Consumer<Bytes> damage) throws IOException {
    Disk disk = Disk.mixed(1, 40_000, 8, Grain.values());
    Bytes file = EsxFiles.seSparse(disk, false);
    damage.accept(file);
    var _ = file.write(at("x-sesparse.vmdk"));
    return new DescriptorFile("RW 40000 SESPARSE \"x-sesparse.vmdk\"")
        .type("seSparse")
        .write(at("x.vmdk"));
  }

  private static long stored(long grain) {
    return 3L << 60 | (grain & 0xfff) << 48 | grain >> 12;
  }

  /** The first of its two grain tables is that of the end of the disk. */
  @Test
  void whatIsWrongWithASeSparseExtentIsFound() throws IOException {
    int table = 64 * 512;
    int second = table + 4096 * 8;
    assertClean(seSparse(file -> {}));
    CheckReport report = check(at("x.vmdk"));
    assertEquals(5000, report.totalClusters());
    assertEquals(1667, report.allocatedClusters());
    // A grain that is not within the file, those that another entry has, and one of no kind.
    assertFound(seSparse(file -> file.int64(second, stored(5000))), 1, "table entry 0 ");
    assertFound(seSparse(file -> file.int64(second + 8, stored(4999))), 1, "an earlier one has");
    assertFound(seSparse(file -> file.int64(table, stored(4999))), 1, "table entry 4096 ");
    assertFound(seSparse(file -> file.int64(table, 4L << 60)), 1, "a known kind");
    // Tables that are none, that are not within the file, and two that are one.
    assertFound(seSparse(file -> file.int64(8 * 512, 1)), 1, "grain directory entry 0");
    assertFound(seSparse(file -> file.int64(8 * 512, 1L << 60 | 2)), 1, "grain directory entry 0");
    assertFound(seSparse(file -> file.int64(8 * 512, 1L << 60)), 1, "an earlier entry has");
    assertFound(
        seSparse(file -> file.int64(152, 1 << 20).int64(8 * 512, 1L << 60 | 4000)),
        2,
        "a grain table at ");
    // Parts of the file that overlap.
    assertFound(seSparse(file -> file.int64(112, 1)), 1, "begins within the");
    assertFound(seSparse(file -> file.int64(120, 6)), 1, "grain directory");
    // A dirty one is not looked at.
    var _ = EsxFiles.seSparse(Disk.mixed(1, 40_000, 8, Grain.STORED), true)
        .write(at("x-sesparse.vmdk"));
    report = check(at("x.vmdk"));
    assertEquals(1, report.checkErrors());
  }

  static List<Corpus.Sample> samples() throws IOException {
    return Corpus.samples("vmdk");
  }

  /** What can be read has no corruption. */
  @ParameterizedTest
  @MethodSource("samples")
  void norWithThoseOfTheWorld(Corpus.Sample sample) throws IOException {
    if (sample.content().isPresent() && !sample.toString().endsWith("-flat.vmdk")) {
      CheckReport report = check(sample.file());
      assertEquals(0, report.corruptions(), report.problems().toString());
      System.out.println(
          sample + " " + report.leaks() + " " + report.problems().stream().limit(3).toList());
    }
  }
}
