package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.testing.Oracle;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compressed images in all layouts that tools write, and those that have lost something. */
final class StreamFileTest {
  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("x.vmdk");
  }

  private static Disk mixed(int sectors, int grainSectors) {
    return Disk.mixed(sectors, sectors, grainSectors, Grain.STORED, Grain.STORED, Grain.HOLE);
  }

  private static StreamFile stream(Disk disk, boolean front) {
    StreamFile stream = new StreamFile(disk);
    stream.front = front;
    return stream;
  }

  private void assertQemuShows(byte[] content, Path file) throws IOException {
    Path raw = Files.write(directory.resolve("x.raw"), content);
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vmdk", raw, file).orFail();
  }

  @ParameterizedTest
  @CsvSource({
    "true, 128, 512, 2000",
    "false, 128, 512, 2001",
    "true, 128, 512, 5",
    "false, 8, 512, 9999",
    "true, 1, 512, 1200",
    "false, 2048, 512, 9000",
    "true, 16, 128, 4001"
  })
  void everyShape(boolean front, int grainSectors, int tableEntries, int sectors)
      throws IOException {
    Disk disk = mixed(sectors, grainSectors);
    StreamFile stream = stream(disk, front);
    stream.tableEntries = tableEntries;
    Path path = stream.build().write(file());
    Images.assertShows(disk.content, path);
    if (sectors % grainSectors == 0) {
      assertQemuShows(disk.content, path);
    }
  }

  @Test
  void progressMarkersPaddingAndNoEnd() throws IOException {
    Disk disk = mixed(2000, 128);
    StreamFile stream = stream(disk, false);
    stream.progress = true;
    stream.padding = 100_000;
    Images.assertShows(disk.content, stream.build().write(file()));
    stream.padding = 1000;
    stream.end = false;
    Images.assertShows(disk.content, stream.build().write(file()));
    stream.front = true;
    Images.assertShows(disk.content, stream.build().write(file()));
  }

  @Test
  void withoutMarkers() throws IOException {
    Disk disk = mixed(2000, 128);
    StreamFile stream = stream(disk, true);
    stream.markers = false;
    Images.assertShows(disk.content, stream.build().write(file()));
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void isRebuiltFromItsMarkers(boolean front) throws IOException {
    Disk disk = mixed(2000, 128);
    StreamFile stream = stream(disk, front);
    stream.tablesGone = true;
    stream.footer = false;
    stream.progress = true;
    Images.assertShows(disk.content, stream.build().write(file()));
  }

  @Test
  void withoutTablesAndCutShortItIsRefused() throws IOException {
    StreamFile stream = stream(mixed(2000, 128), false);
    byte[] bytes = stream.build().toArray();
    Path path = Files.write(file(), Arrays.copyOf(bytes, bytes.length / 2));
    Images.assertRefused(CorruptImageException.class, "was it cut short", path);
    // In front there are tables, and what they name is missing.
    bytes = stream(mixed(2000, 128), true).build().toArray();
    Files.write(path, Arrays.copyOf(bytes, bytes.length / 2));
    Images.assertRefused(CorruptImageException.class, "was it cut short", path);
  }

  @Test
  void withoutTablesAndCutBetweenItsGrainsItIsRefused() throws IOException {
    byte[] bytes = stream(mixed(2000, 128), false).build().toArray();
    java.nio.ByteBuffer records =
        java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    int at = 128 * 512;
    for (int i = 0; i < 5; i++) {
      at = (at + 12 + records.getInt(at + 8) + 511) & -512;
    }
    Path path = Files.write(file(), Arrays.copyOf(bytes, at));
    Images.assertRefused(CorruptImageException.class, "does not end with a marker", path);
  }

  @Test
  void aGrainMustBeTheOneThatIsWanted() throws IOException {
    Bytes file = stream(mixed(2000, 128), true).build();
    int first = firstGrain(file);
    Images.assertRefused(
        CorruptImageException.class, "expected 0", file.int64(first, 128).write(file()));
  }

  @Test
  void streamsThatAreNone() throws IOException {
    Disk disk = Disk.mixed(1, 256, 128, Grain.STORED);
    int first = firstGrain(stream(disk, true).build());
    assertRefused("no zlib stream", stream(disk, true).build().put(first + 12, new byte[2]));
    assertRefused("stream of 0 bytes", stream(disk, true).build().int32(first + 8, 0));
    assertRefused("for a grain of", stream(disk, true).build().int32(first + 8, -1));
    assertRefused("stream is cut short", stream(disk, true).build().int32(first + 8, 5));
  }

  private void assertRefused(String words, Bytes file) throws IOException {
    Images.assertRefused(CorruptImageException.class, words, file.write(file()));
  }

  /** What a stream inflates to beyond its grain is a bomb, or another's. */
  @Test
  void aStreamThatIsLongerThanItsGrain() throws IOException {
    Disk disk = new Disk(new byte[1 << 20], 2048);
    Bytes file = stream(disk, true).build();
    file.int64(20, 8).int64(12, 8);
    String descriptor = new DescriptorFile("RW 8 SPARSE \"x\"").type("streamOptimized").text();
    file.put(
        512, Arrays.copyOf(descriptor.getBytes(java.nio.charset.StandardCharsets.UTF_8), 10240));
    Images.assertRefused(CorruptImageException.class, "longer than a grain", file.write(file()));
  }

  private static int firstGrain(Bytes file) {
    java.nio.ByteBuffer bytes =
        java.nio.ByteBuffer.wrap(file.toArray()).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    int directory = (int) bytes.getLong(56) * 512;
    return bytes.getInt(bytes.getInt(directory) * 512) * 512;
  }
}
