package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import io.diskformat.testing.StorageOperation;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks that get larger. */
final class ResizeTest {
  private static final int SECTOR = 512;
  private static final int ROUNDS = 12;
  private static final long GIB = 1L << 30;
  private static final OpenOptions WRITABLE =
      OpenOptions.writable().format("qcow2").references(ReferencePolicy.sameDirectory());
  private static final OpenOptions READ_ONLY =
      OpenOptions.readOnly().format("qcow2").references(ReferencePolicy.sameDirectory());

  @TempDir private Path directory;

  private enum Kind {
    USUAL("cluster_size=4096"),
    TINY_CLUSTERS("cluster_size=512"),
    LARGE_CLUSTERS("cluster_size=512k"),
    VERSION_2("cluster_size=4096,compat=0.10"),
    SUBCLUSTERS("cluster_size=16384,extended_l2=on"),
    DATA_FILE("cluster_size=4096,data_file=image.data"),
    RAW_DATA_FILE("cluster_size=4096,data_file=image.data,data_file_raw=on"),
    BACKING("cluster_size=4096,backing_file=base.raw,backing_fmt=raw"),
    TINY_CLUSTERS_BACKING("cluster_size=512,backing_file=base.raw,backing_fmt=raw"),
    VERSION_2_BACKING("cluster_size=4096,compat=0.10,backing_file=base.raw,backing_fmt=raw"),
    SUBCLUSTERS_BACKING("cluster_size=16384,extended_l2=on,backing_file=base.raw,backing_fmt=raw"),
    DATA_FILE_BACKING(
        "cluster_size=4096,data_file=image.data,backing_file=base.raw,backing_fmt=raw"),
    SUBCLUSTERS_DATA_FILE_BACKING(
        "cluster_size=16384,extended_l2=on,data_file=image.data,"
            + "backing_file=base.raw,backing_fmt=raw"),
    SNAPSHOT("cluster_size=4096"),
    SUBCLUSTERS_SNAPSHOT("cluster_size=16384,extended_l2=on");

    private final CreateOptions options;

    Kind(String options) {
      CreateOptions all = CreateOptions.format("qcow2");
      for (String option : options.split(",")) {
        all = all.option(option.split("=")[0], option.split("=")[1]);
      }
      this.options = all;
    }

    boolean hasSnapshot() {
      return name().endsWith("SNAPSHOT");
    }
  }

  private Path image() {
    return directory.resolve("image.qcow2");
  }

  /** Returns what a disk holds from its start on, of {@code size} bytes. */
  private static byte[] content(Path file, int size) throws IOException {
    try (DiskImage disk = DiskImages.open(file, READ_ONLY)) {
      assertEquals(size, disk.size());
      return content(disk);
    }
  }

  private static byte[] content(DiskImage disk) throws IOException {
    byte[] found = new byte[Math.toIntExact(disk.size())];
    disk.read(0, found);
    return found;
  }

  private static void assertSound(Path file) throws IOException {
    try (Storage storage = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      RefcountAudit audit = RefcountAudit.of(storage);
      assertEquals("", audit.corruption());
      assertEquals(0, audit.leaks());
    }
  }

  /**
   * Of a longer backing file, of what the last cluster has behind the end, and of clusters that
   * were left there.
   */
  @ParameterizedTest
  @EnumSource
  void nothingShowsOfWhatWasBehindTheEnd(Kind kind) throws IOException {
    Oracle qemuImg = Oracle.of("qemu-img").in(directory);
    long seed = Seeds.of(getClass());
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      int most = kind == Kind.LARGE_CLUSTERS ? 9000 : 2000;
      int[] sizes = random.ints(3, 1, most).map(sectors -> sectors * SECTOR).sorted().toArray();
      byte[] base = new byte[SECTOR * (1 + random.nextInt(most))];
      random.nextBytes(base);
      Files.write(directory.resolve("base.raw"), base);
      Files.deleteIfExists(directory.resolve("image.data"));
      // Sometimes all of what was left is added, sometimes not.
      int once = sizes[random.nextBoolean() ? 2 : 1];
      int grown = sizes[once == sizes[2] ? 1 : 2];
      int size = sizes[0];
      ShortenedImage.create(image(), kind.options, once, once, random);
      if (kind.hasSnapshot()) {
        Oracle.qemuImg("snapshot", "-c", "before", image()).orFail();
      }
      byte[] before = content(image(), once);
      ShortenedImage.shorten(image(), size);
      byte[] expected = Arrays.copyOf(Arrays.copyOf(before, size), grown);
      String story = Seeds.toRepeat(seed) + ": " + once + ", " + size + ", " + grown;
      try (DiskImage disk = DiskImages.open(image(), WRITABLE)) {
        disk.resize(grown);
        assertEquals(grown, disk.size());
        assertEquals(-1, Arrays.mismatch(expected, content(disk)), story);
      }
      assertEquals(-1, Arrays.mismatch(expected, content(image(), grown)), story);
      Path raw = Files.write(directory.resolve("expected.raw"), expected);
      qemuImg.run("check", "-f", "qcow2", image()).orFail();
      qemuImg.run("compare", "-f", "qcow2", "-F", "raw", image(), raw).orFail();
      if (kind == Kind.RAW_DATA_FILE) {
        // It may go on.
        byte[] data = Files.readAllBytes(directory.resolve("image.data"));
        assertEquals(-1, Arrays.mismatch(expected, Arrays.copyOf(data, grown)), story);
      }
      assertSound(image());
      if (kind.hasSnapshot()) {
        Oracle.qemuImg("snapshot", "-a", "before", image()).orFail();
        assertEquals(-1, Arrays.mismatch(before, content(image(), once)), story);
      }
    }
  }

  /** So that what is written there reaches the data file, as far as the disk goes. */
  @ParameterizedTest
  @EnumSource(names = {"DATA_FILE", "RAW_DATA_FILE"})
  void aDataFileTakesWhatIsWrittenToTheNewRange(Kind kind) throws IOException {
    DiskImages.create(image(), kind.options.size(5 * 4096 + SECTOR));
    byte[] expected = new byte[1 << 20];
    try (DiskImage disk = DiskImages.open(image(), WRITABLE)) {
      disk.write(0, RandomContent.of(1, 0, 5 * 4096 + SECTOR));
      System.arraycopy(
          RandomContent.of(1, 0, 5 * 4096 + SECTOR), 0, expected, 0, 5 * 4096 + SECTOR);
      disk.resize(expected.length);
      byte[] written = RandomContent.of(2, 6 * 4096, 20 * 4096);
      disk.write(6 * 4096, written);
      System.arraycopy(written, 0, expected, 6 * 4096, written.length);
      disk.writeZeroes(10 * 4096, 4096);
      Arrays.fill(expected, 10 * 4096, 11 * 4096, (byte) 0);
      assertArrayEquals(expected, content(disk));
    }
    assertArrayEquals(expected, content(image(), expected.length));
    if (kind == Kind.RAW_DATA_FILE) {
      assertArrayEquals(expected, Files.readAllBytes(directory.resolve("image.data")));
    }
  }

  // How much is done

  /** There are no zero clusters; but what the host knows to be zero need not be written. */
  @Test
  void version2WritesNoZeroesOverALongBackingFile() throws IOException {
    int length = 64 << 20;
    Files.write(directory.resolve("base.raw"), RandomContent.of(1, 0, length));
    DiskImages.create(image(), Kind.VERSION_2_BACKING.options.size(1 << 20));
    FaultyStorage storage = storage();
    try (DiskImage disk = DiskImages.open(new NamedStorage(storage, image()), WRITABLE)) {
      disk.resize(length + (1 << 20));
      byte[] end = new byte[2 << 20];
      disk.read(length - (1 << 20), end);
      assertArrayEquals(new byte[end.length], end);
    }
    long written =
        storage.log().stream()
            .mapToLong(operation ->
                operation instanceof StorageOperation.Write write ? write.bytes().length : 0)
            .sum();
    assertTrue(written < 1 << 20, written + " bytes were written");
  }

  /** A hole of the backing file is no reason to store anything. */
  @ParameterizedTest
  @EnumSource(names = {"VERSION_2_BACKING", "BACKING"})
  void holesOfABackingFileTakeNoSpace(Kind kind) throws IOException {
    try (RandomAccessFile base =
        new RandomAccessFile(directory.resolve("base.raw").toFile(), "rw")) {
      base.setLength(1 << 20);
      base.seek(40L << 20);
      base.write(1);
      base.setLength(64 * GIB);
    }
    DiskImages.create(image(), kind.options.size(1 << 20));
    try (DiskImage disk = DiskImages.open(image(), WRITABLE)) {
      disk.resize(60 * GIB);
      byte[] there = new byte[1];
      disk.read(40L << 20, there);
      assertEquals(0, there[0]);
    }
    assertTrue(Files.size(image()) < 1 << 20, "the file has " + Files.size(image()) + " bytes");
    assertSound(image());
  }

  /** As many changes as that makes are not kept in memory until the end. */
  @Test
  void muchToBeZeroedIsFlushedInBetween() throws IOException {
    // Each cluster of the backing file is the same one.
    int cluster = 1 << 16;
    int entries = cluster / 8;
    ByteBuffer base =
        ByteBuffer.wrap(
            Arrays.copyOf(
                new HandmadeImage().clusterBits(16).size(2 * GIB).withData().bytes(), 6 * cluster));
    for (int i = 0; i < 4; i++) {
      base.putLong(3 * cluster + 8 * i, 4L * cluster);
    }
    for (int i = 0; i < entries; i++) {
      base.putLong(4 * cluster + 8 * i, 5L * cluster);
    }
    Files.write(directory.resolve("base.qcow2"), base.array());
    DiskImages.create(
        image(),
        CreateOptions.format("qcow2")
            .size(SECTOR)
            .option("cluster_size", "512")
            .option("backing_file", "base.qcow2")
            .option("backing_fmt", "qcow2"));
    FaultyStorage storage = storage();
    try (DiskImage disk = DiskImages.open(new NamedStorage(storage, image()), WRITABLE)) {
      disk.resize(2 * GIB);
      int sinceFlush = 0;
      int most = 0;
      for (StorageOperation operation : storage.log()) {
        sinceFlush =
            operation instanceof StorageOperation.Write write
                ? sinceFlush + write.bytes().length
                : operation instanceof StorageOperation.Flush ? 0 : sinceFlush;
        most = Math.max(most, sinceFlush);
      }
      assertTrue(most < 24 << 20, most + " bytes at once");
      byte[] end = new byte[SECTOR];
      disk.read(2 * GIB - SECTOR, end);
      assertArrayEquals(new byte[SECTOR], end);
      disk.read(0, end);
      assertEquals(0x5a, end[0]);
    }
  }

  private FaultyStorage storage() throws IOException {
    try (Storage file = FileStorage.open(image(), false, FileStorage.Sharing.UNLOCKED)) {
      return new FaultyStorage(PagedStorage.copyOf(file));
    }
  }

  // What is reported

  @Test
  void tellsHowFarItHasCome() throws IOException {
    Files.write(directory.resolve("base.raw"), RandomContent.of(1, 0, 16 << 20));
    DiskImages.create(image(), Kind.BACKING.options.size(1 << 20));
    List<Long> reported = new ArrayList<>();
    List<Long> totals = new ArrayList<>();
    try (DiskImage disk = DiskImages.open(image(), WRITABLE)) {
      disk.resize(
          20 << 20,
          (done, total) -> {
            reported.add(done);
            totals.add(total);
          });
    }
    assertTrue(reported.size() > 3, reported.size() + " times");
    assertEquals(reported.stream().sorted().toList(), reported);
    assertEquals(Set.of(20L << 20), Set.copyOf(totals));
    assertEquals(20L << 20, reported.getLast());
  }

  /** By an interrupt, or by the listener. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aResizeThatIsBrokenOffLeavesTheOldSize(boolean interrupted) throws IOException {
    int length = 64 << 20;
    Files.write(directory.resolve("base.raw"), RandomContent.of(1, 0, length));
    DiskImages.create(image(), Kind.BACKING.options.size((1 << 20) + SECTOR));
    byte[] expected = RandomContent.of(1, 0, (1 << 20) + SECTOR);
    try (DiskImage disk = DiskImages.open(image(), WRITABLE)) {
      if (interrupted) {
        assertThrows(
            InterruptedIOException.class,
            () -> disk.resize(length, (_, _) -> Thread.currentThread().interrupt()));
        assertTrue(Thread.interrupted());
      } else {
        assertThrows(
            IllegalStateException.class,
            () ->
                disk.resize(
                    length,
                    (_, _) -> {
                      throw new IllegalStateException("enough");
                    }));
      }
      assertEquals(expected.length, disk.size());
      assertArrayEquals(expected, content(disk));
      disk.write(SECTOR, Arrays.copyOfRange(expected, SECTOR, 2 * SECTOR));
    }
    assertArrayEquals(expected, content(image(), expected.length));
    assertSound(image());
    try (DiskImage disk = DiskImages.open(image(), WRITABLE)) {
      disk.resize(length);
      assertArrayEquals(Arrays.copyOf(expected, length), content(disk));
    }
    assertSound(image());
  }

  @Test
  void aDiskThatIsTooLargeIsRefusedAndNothingChanges() throws IOException {
    DiskImages.create(image(), Kind.USUAL.options.size(1 << 20));
    byte[] before = Files.readAllBytes(image());
    try (DiskImage disk = DiskImages.open(image(), WRITABLE)) {
      for (long size : new long[] {1L << 44, 1L << 62, Long.MAX_VALUE - 511}) {
        var e = assertThrows(UnsupportedFeatureException.class, () -> disk.resize(size));
        assertTrue(e.getMessage().startsWith(image() + ": "), e.getMessage());
        assertTrue(e.getMessage().contains("a disk of " + size + " bytes"), e.getMessage());
      }
      assertThrows(IllegalArgumentException.class, () -> disk.resize((1 << 20) + 1));
      assertEquals(1 << 20, disk.size());
    }
    assertArrayEquals(before, Files.readAllBytes(image()));
  }

  /** So many at once that the blocks that count them need blocks, too. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 5, 8, 13})
  void aLongL1TableIsCountedAndSoAreTheBlocksThatCountIt(long gigabytes) throws IOException {
    CreateOptions options = Kind.TINY_CLUSTERS.options.option("refcount_bits", "64");
    DiskImages.create(image(), options.size(1 << 20));
    try (DiskImage disk = DiskImages.open(image(), WRITABLE)) {
      disk.resize(gigabytes * GIB);
      disk.write(gigabytes * GIB - SECTOR, RandomContent.of(1, 0, SECTOR));
    }
    assertSound(image());
    Oracle.qemuImg("check", "-f", "qcow2", image()).orFail();
  }

  /** A longer L1 table that finds no room is not forgotten, nor is what a failure left of it. */
  @Test
  void afterATableThatFoundNoRoomTheDiskGrowsAllTheSame() throws IOException {
    DiskImages.create(image(), Kind.TINY_CLUSTERS.options.size(1 << 20));
    int failures = 0;
    for (int changes = 0; changes < 40; changes++) {
      FaultyStorage storage = storage();
      try (DiskImage disk = DiskImages.open(new NamedStorage(storage, image()), WRITABLE)) {
        storage.failAfter(changes);
        try {
          disk.resize(64 << 20);
        } catch (IOException e) {
          failures++;
          try {
            disk.resize(64 << 20);
          } catch (IOException expected) {
            // It may be that it is no longer written.
          }
        }
        storage.heal();
      } catch (IOException expected) {
        // For the same reason.
      }
      DiskImages.open(new NamedStorage(storage, image()), WRITABLE).close();
      RefcountAudit audit = RefcountAudit.of(storage);
      assertEquals("", audit.corruption());
      assertEquals(0, audit.leaks(), "after " + changes);
    }
    assertTrue(failures > 5, failures + " failures");
  }
}
