package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosted sparse extents of every shape show what was put in. */
final class SparseFileTest {
  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("x.vmdk");
  }

  private static Disk mixed(int sectors, int grainSectors) {
    return Disk.mixed(sectors, sectors, grainSectors, Grain.values());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 128, 512, 1280",
    "2, 128, 512, 1281",
    "3, 128, 512, 127",
    "1, 8, 512, 10001",
    "1, 1, 512, 1500",
    "2, 2, 128, 777",
    "1, 16, 1, 100",
    "1, 2048, 512, 5000",
    "1, 128, 4096, 99"
  })
  void everyShape(int version, int grainSectors, int tableEntries, int sectors) throws IOException {
    Disk disk = mixed(sectors, grainSectors);
    SparseFile sparse = new SparseFile(disk).described();
    sparse.version = version;
    sparse.tableEntries = tableEntries;
    Path file = sparse.build().write(file());
    Images.assertShows(disk.content, file);
    if (tableEntries <= 512) {
      assertQemuShows(disk.content, file);
    }
  }

  private void assertQemuShows(byte[] content, Path file) throws IOException {
    Path raw = Files.write(directory.resolve("x.raw"), content);
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vmdk", raw, file).orFail();
  }

  @ParameterizedTest
  @EnumSource(SparseFile.Damage.class)
  void aDamagedDirectoryIsReadThroughTheOther(SparseFile.Damage damage) throws IOException {
    Disk disk = mixed(70_000, 8);
    SparseFile sparse = new SparseFile(disk).described();
    sparse.damage = damage;
    Images.assertShows(disk.content, sparse.build().write(file()));
  }

  @Test
  void aDirectoryBeyondTheEndIsAnErrorWhereThereIsNoOther() throws IOException {
    SparseFile sparse = new SparseFile(mixed(70_000, 8)).described();
    sparse.redundant = false;
    sparse.damage = SparseFile.Damage.DIRECTORY_BEYOND_END;
    Images.assertRefused(
        CorruptImageException.class, "grain directory", sparse.build().write(file()));
    sparse.damage = SparseFile.Damage.TABLE_BEYOND_END;
    Images.assertRefused(
        CorruptImageException.class, "grain table entry", sparse.build().write(file()));
  }

  @Test
  void aZeroedGrainThatTheHeaderDoesNotAllowIsAnError() throws IOException {
    SparseFile sparse = new SparseFile(mixed(1000, 128)).described();
    sparse.zeroFlag = false;
    Images.assertRefused(CorruptImageException.class, "zeroed", sparse.build().write(file()));
  }

  @Test
  void aFileThatEndsWithinItsLastGrainReadsAsZeroesThere() throws IOException {
    Disk disk = Disk.mixed(1, 300, 128, Grain.STORED);
    Bytes file = new SparseFile(disk).described().build();
    byte[] bytes = file.toArray();
    // What the last grain has beyond the end of the disk, and a little more.
    byte[] cut = java.util.Arrays.copyOf(bytes, bytes.length - 84 * 512 - 700);
    Path path = Files.write(file(), cut);
    java.util.Arrays.fill(disk.content, 300 * 512 - 700, 300 * 512, (byte) 0);
    try (DiskImage image = DiskImages.open(path)) {
      byte[] shown = new byte[disk.content.length];
      image.read(0, shown);
      org.junit.jupiter.api.Assertions.assertArrayEquals(disk.content, shown);
      assertEquals(700, image.missingData().getFirst().length());
    }
    Files.write(path, java.util.Arrays.copyOf(bytes, bytes.length - 128 * 512 - 1));
    Images.assertRefused(CorruptImageException.class, "was it cut short", path);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 5, -1})
  void otherVersionsAreRefused(int version) throws IOException {
    SparseFile sparse = new SparseFile(mixed(1000, 128)).described();
    sparse.version = version;
    Images.assertRefused(
        UnsupportedFeatureException.class, "header version", sparse.build().write(file()));
  }

  @Test
  void whatAnUnknownToolOrATransferMadeOfItIsRefused() throws IOException {
    SparseFile sparse = new SparseFile(mixed(1000, 128)).described();
    Images.assertRefused(
        UnsupportedFeatureException.class,
        "flags 0x40000",
        sparse.build().int32(8, 1 | 1 << 18).write(file()));
    Images.assertRefused(
        CorruptImageException.class,
        "transfer as text",
        sparse.build().put(75, new byte[] {'\n'}).write(file()));
    Images.assertRefused(
        CorruptImageException.class,
        "unfinished",
        sparse.build().put(0, new byte[] {'k', 'd', 'm', 'v'}).write(file()));
  }

  @Test
  void anExtentOnItsOwnIsNoDisk() throws IOException {
    Path path = new SparseFile(mixed(1000, 128)).build().write(file());
    Images.assertRefused(UnsupportedFeatureException.class, "open its descriptor", path);
    EsxFiles.cowd(mixed(1000, 1)).write(path);
    Images.assertRefused(UnsupportedFeatureException.class, "open its descriptor", path);
    EsxFiles.seSparse(mixed(1000, 8), false).write(path);
    Images.assertRefused(UnsupportedFeatureException.class, "open its descriptor", path);
  }

  @Test
  void isRecognized() throws IOException {
    Path path = new SparseFile(mixed(1000, 128)).described().build().write(file());
    try (DiskImage image = DiskImages.open(path, OpenOptions.readOnly())) {
      assertEquals("vmdk", image.info().format());
      assertEquals(65536, image.info().clusterSize().orElseThrow());
    }
  }
}
