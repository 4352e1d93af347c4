package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport.Problem;
import io.diskformat.CheckReport.Severity;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.FormatUnderTest;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The power is cut at each point of a conversion by means of the host over a disk that is there:
 * each sector is what it was or what it becomes, and once the conversion has returned, the latter.
 */
final class HostCopyCutsTest {
  private static final int SECTOR = 512;
  private static final int SIZE = 1500 * SECTOR;

  private static final Set<Severity> CORRUPT = Set.of(Severity.CORRUPTION, Severity.CHECK_ERROR);

  /** The number of possibilities for each point, roughly. */
  private static final int PER_POINT = 8;

  private final long seed = Seeds.of(HostCopyCutsTest.class, 1);
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "raw",
        "qcow2",
        "qcow2 cluster_size=4k",
        "qcow2 cluster_size=16k extended_l2=on",
        "vdi",
        "vdi block_size=8k",
        "vdi block_size=4M",
        "vmdk",
        "vmdk subformat=monolithicSparse"
      })
  void eachSectorIsOldOrNew(String kind) throws IOException {
    String format = kind.split(" ")[0];
    FaultyStorage storage = create(kind);
    byte[] old = new byte[SIZE];
    OpenOptions writable = OpenOptions.writable().format(format);
    try (DiskImage disk = DiskImages.open(new NamedStorage(storage, null), writable)) {
      for (int at : new int[] {0, 300 * SECTOR, 700 * SECTOR}) {
        byte[] bytes = RandomContent.of(1, at, 150 * SECTOR);
        disk.write(at, bytes);
        System.arraycopy(bytes, 0, old, at, bytes.length);
      }
    }
    byte[] made = RandomContent.of(2, 0, SIZE);
    Arrays.fill(made, 400 * SECTOR, 600 * SECTOR, (byte) 0);
    int begin = storage.operations();
    int returned;
    try (DiskImage disk = DiskImages.open(new NamedStorage(storage, null), writable);
        DiskImage source =
            DiskImages.open(
                MemoryStorage.of("source", made), OpenOptions.readOnly().format("raw"))) {
      Conversion.from(source).offload().workers(1).into(disk).run();
      returned = storage.operations();
    }
    assertTrue(storage.copiedBytes() > SIZE / 2, storage.copiedBytes() + " bytes copied");
    CrashImages images = CrashImages.of(storage);
    long checked =
        images.check(
            begin,
            images.lastPoint(),
            seed,
            PER_POINT,
            (left, point) -> verify(left, format, point < returned ? old : made, made));
    System.out.println(kind + ": " + checked + " possibilities");
    assertTrue(checked > 10, "only " + checked);
  }

  private FaultyStorage create(String kind) throws IOException {
    String[] words = kind.split(" ");
    CreateOptions options = CreateOptions.format(words[0]).size(SIZE);
    for (String option : Arrays.asList(words).subList(1, words.length)) {
      String[] pair = option.split("=");
      options = options.option(pair[0], pair[1]);
    }
    Path path = directory.resolve("image");
    DiskImages.create(path, options);
    return new FaultyStorage(FormatUnderTest.inMemory(path));
  }

  private static void verify(PagedStorage left, String format, byte[] old, byte[] made)
      throws IOException {
    OpenOptions reading = OpenOptions.readOnly().format(format);
    if (!format.equals("raw")) {
      try (ImageMaintenance image = DiskImages.maintain(new NamedStorage(left, null), reading)) {
        List<Problem> corrupt =
            image.check().problems().stream()
                .filter(each -> CORRUPT.contains(each.severity()))
                .toList();
        assertEquals(List.of(), corrupt);
      }
    }
    byte[] found = new byte[SIZE];
    try (DiskImage disk = DiskImages.open(new NamedStorage(left, null), reading)) {
      disk.read(0, found);
    }
    for (int at = 0; at < SIZE; at += SECTOR) {
      int end = at + SECTOR;
      if (!Arrays.equals(found, at, end, made, at, end)
          && !Arrays.equals(found, at, end, old, at, end)) {
        throw new AssertionError(
            "sector " + at / SECTOR + " holds " + RandomContent.describe(found, at));
      }
    }
  }
}
