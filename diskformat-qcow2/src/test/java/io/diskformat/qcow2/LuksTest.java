package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.diskformat.BlockDevice;
import io.diskformat.CheckReport;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.PassphraseException;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.EncryptedImage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images encrypted by LUKS, beside qemu-img: each reads and writes what the other made. */
final class LuksTest {
  private static final int SIZE = 3 << 20;

  @TempDir Path directory;
  private final Random random = new Random(Seeds.of(LuksTest.class, 1));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cluster_size=512",
        "cluster_size=512,refcount_bits=64",
        "cluster_size=2M",
        "cluster_size=4k,compat=0.10",
        "extended_l2=on",
        "preallocation=metadata",
        "preallocation=metadata,compat=0.10",
        "preallocation=falloc,cluster_size=4k",
        "preallocation=full",
        "extended_l2=on,preallocation=metadata",
        "data_file=data",
        "encrypt.cipher-alg=twofish-128,encrypt.cipher-mode=cbc,encrypt.ivgen-alg=plain"
      })
  void whatIsCreatedIsReadAndWrittenByBoth(String options) throws IOException {
    Map<String, String> all = new LinkedHashMap<>();
    for (String option : options.isEmpty() ? new String[0] : options.split(",")) {
      all.put(option.split("=")[0], option.split("=")[1]);
    }
    EncryptedImage image = new EncryptedImage(directory.resolve("i"), "qcow2", "our secret");
    DiskImages.create(image.file(), image.creation(SIZE, all));
    byte[] zeroes = new byte[SIZE];
    assertReads(image, zeroes);
    if (!options.contains("preallocation") || options.contains("0.10")) {
      assertQemuReads(image, zeroes);
    }
    exchange(image);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",cluster_size=4k,compat=0.10", ",extended_l2=on"})
  void whatQemuCreatesIsReadAndWrittenByBoth(String options) throws IOException {
    EncryptedImage image = new EncryptedImage(directory.resolve("i"), "qcow2", "their secret");
    image.createByQemu(SIZE, options).orFail();
    exchange(image);
  }

  /** Writes by turns, then compares the disk that both read; and the structure is sound. */
  private void exchange(EncryptedImage image) throws IOException {
    byte[] expected = new byte[SIZE];
    for (int i = 0; i < 4; i++) {
      if (i % 2 == 0) {
        try (DiskImage disk = DiskImages.open(image.file(), options(image, true))) {
          for (int j = 0; j < 10; j++) {
            change(disk, expected);
          }
        }
      } else {
        changeByQemu(image, expected);
      }
      assertReads(image, expected);
    }
    assertQemuReads(image, expected);
    image.byQemu("check").orFail();
  }

  private static OpenOptions options(EncryptedImage image, boolean writable) {
    return image.options(writable).references(ReferencePolicy.sameDirectory());
  }

  private void change(DiskImage disk, byte[] expected) throws IOException {
    int length = 1 + random.nextInt(random.nextBoolean() ? 1000 : 300_000);
    int offset = random.nextInt(SIZE - length);
    switch (random.nextInt(4)) {
      case 0 -> {
        disk.writeZeroes(offset, length);
        java.util.Arrays.fill(expected, offset, offset + length, (byte) 0);
      }
      default -> {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        disk.write(offset, MemorySegment.ofArray(bytes));
        System.arraycopy(bytes, 0, expected, offset, length);
      }
    }
  }

  private void changeByQemu(EncryptedImage image, byte[] expected) throws IOException {
    Path part = directory.resolve("part");
    byte[] bytes = new byte[1 + random.nextInt(200_000)];
    random.nextBytes(bytes);
    Files.write(part, bytes);
    int offset = random.nextInt(SIZE - bytes.length);
    image.ioByQemu("write -q -s %s %d %d\n".formatted(part, offset, bytes.length)).orFail();
    System.arraycopy(bytes, 0, expected, offset, bytes.length);
  }

  private void assertReads(EncryptedImage image, byte[] expected) throws IOException {
    try (DiskImage disk = DiskImages.open(image.file(), options(image, false))) {
      assertArrayEquals(expected, read(disk));
    }
  }

  private static byte[] read(BlockDevice disk) throws IOException {
    byte[] read = new byte[(int) disk.size()];
    disk.read(0, MemorySegment.ofArray(read));
    return read;
  }

  private void assertQemuReads(EncryptedImage image, byte[] expected) throws IOException {
    Path raw = directory.resolve("raw");
    image.exportByQemu(raw);
    assertArrayEquals(expected, Files.readAllBytes(raw));
  }

  @Test
  void aDiskThatGrowsStaysEncryptedAndReadsAsZeroesThere() throws IOException {
    EncryptedImage image = new EncryptedImage(directory.resolve("i"), "qcow2", "secret");
    DiskImages.create(image.file(), image.creation(SIZE, Map.of("cluster_size", "4k")));
    byte[] expected = new byte[2 * SIZE + 512];
    byte[] bytes = new byte[SIZE];
    random.nextBytes(bytes);
    System.arraycopy(bytes, 0, expected, 0, SIZE);
    try (DiskImage disk = DiskImages.open(image.file(), image.options(true))) {
      disk.write(0, MemorySegment.ofArray(bytes));
      disk.resize(expected.length);
      assertArrayEquals(expected, read(disk));
    }
    assertReads(image, expected);
    assertQemuReads(image, expected);
  }

  @Test
  void snapshotsOfQemuAreRead() throws IOException {
    EncryptedImage image = new EncryptedImage(directory.resolve("i"), "qcow2", "secret");
    image.createByQemu(SIZE, "").orFail();
    image.ioByQemu("write -q -P 7 0 1M\n").orFail();
    image.byQemu("snapshot", "-c", "before").orFail();
    image.ioByQemu("write -q -P 9 0 1M\n").orFail();
    byte[] before = new byte[SIZE];
    java.util.Arrays.fill(before, 0, 1 << 20, (byte) 7);
    byte[] after = new byte[SIZE];
    java.util.Arrays.fill(after, 0, 1 << 20, (byte) 9);
    try (DiskImage disk = DiskImages.open(image.file(), image.options(true))) {
      assertArrayEquals(before, read(disk.openSnapshot("before")));
      disk.write(0, MemorySegment.ofArray(new byte[1 << 16]));
      assertArrayEquals(before, read(disk.openSnapshot("before")));
    }
    java.util.Arrays.fill(after, 0, 1 << 16, (byte) 0);
    assertReads(image, after);
    image.byQemu("check").orFail();
  }

  @Test
  void theOldEncryptionIsRead() throws IOException {
    EncryptedImage image = new EncryptedImage(directory.resolve("i"), "qcow2", "old secret");
    Oracle.qemuImg(
            "create",
            "-q",
            "-f",
            "qcow2",
            "--object",
            "secret,id=sec,data=old secret",
            "-o",
            "encrypt.format=aes,encrypt.key-secret=sec",
            image.file(),
            SIZE)
        .orFail();
    byte[] expected = new byte[SIZE];
    changeByQemu(image, expected);
    image.byQemu("snapshot", "-c", "before").orFail();
    byte[] before = expected.clone();
    changeByQemu(image, expected);
    assertReads(image, expected);
    try (DiskImage disk = DiskImages.open(image.file(), image.options(false))) {
      assertArrayEquals(before, read(disk.openSnapshot("before")));
      for (int i = 0; i < 20; i++) {
        byte[] part = new byte[1 + random.nextInt(100_000)];
        int offset = random.nextInt(SIZE - part.length);
        disk.read(offset, MemorySegment.ofArray(part));
        assertArrayEquals(
            java.util.Arrays.copyOfRange(expected, offset, offset + part.length), part);
      }
    }
    assertThrows(
        UnsupportedFeatureException.class,
        () -> DiskImages.open(image.file(), image.options(true)));
    assertThrows(
        PassphraseException.class,
        () -> DiskImages.open(image.file(), OpenOptions.readOnly().format("qcow2")));
  }

  /** What is committed is what the disk shows, and not how the layer stores it. */
  @Test
  void aCommitWritesWhatTheDiskShows() throws IOException {
    byte[] below = new byte[SIZE];
    random.nextBytes(below);
    Path backing = Files.write(directory.resolve("backing"), below);
    EncryptedImage image = new EncryptedImage(directory.resolve("i"), "qcow2", "secret");
    Map<String, String> options =
        Map.of("backing_file", "backing", "backing_fmt", "raw", "cluster_size", "4k");
    DiskImages.create(
        image.file(), image.creation(SIZE, options).references(ReferencePolicy.sameDirectory()));
    byte[] expected = below.clone();
    try (DiskImage disk = DiskImages.open(image.file(), options(image, true))) {
      for (int i = 0; i < 10; i++) {
        change(disk, expected);
      }
    }
    try (ImageMaintenance layer = DiskImages.maintain(image.file(), options(image, true))) {
      var _ = layer.commit(ProgressListener.NONE);
      assertArrayEquals(expected, Files.readAllBytes(backing));
      layer.empty();
    }
    assertReads(image, expected);
    assertQemuReads(image, expected);
  }

  /**
   * A check that went over all the bytes that such a header says would never end; and a repair must
   * not take the clusters of the header, which nothing refers to, for leaks.
   */
  @Test
  void aHeaderThatCannotBeThereIsNotGoneThroughNorGivenUp() throws IOException {
    EncryptedImage image = new EncryptedImage(directory.resolve("i"), "qcow2", "secret");
    DiskImages.create(image.file(), image.creation(SIZE, Map.of()));
    byte[] before = Files.readAllBytes(image.file());
    try (FileChannel file = FileChannel.open(image.file(), StandardOpenOption.WRITE)) {
      ByteBuffer place = ByteBuffer.allocate(2 * Long.BYTES);
      place.putLong(0xff00_00cc_0003_0000L).putLong(0x00b5_0000_0001_0100L).flip();
      assertEquals(place.capacity(), file.write(place, 120));
    }
    OpenOptions options = OpenOptions.readOnly().format("qcow2");
    try (ImageMaintenance opened = DiskImages.maintain(image.file(), options)) {
      CheckReport report = assertTimeoutPreemptively(Duration.ofMinutes(2), () -> opened.check());
      assertFalse(report.isClean());
    }
    try (ImageMaintenance opened =
        DiskImages.maintain(image.file(), OpenOptions.writable().format("qcow2"))) {
      RepairReport repaired = opened.repair(Repair.ALL);
      assertEquals(0, repaired.leaksFixed());
    }
    byte[] after = Files.readAllBytes(image.file());
    assertArrayEquals(
        Arrays.copyOfRange(before, 512, before.length),
        Arrays.copyOfRange(after, 512, after.length));
  }

  @Test
  void extentsAreThoseOfQemu() throws IOException {
    EncryptedImage image = new EncryptedImage(directory.resolve("i"), "qcow2", "secret");
    DiskImages.create(image.file(), image.creation(SIZE, Map.of()));
    try (DiskImage disk = DiskImages.open(image.file(), image.options(true))) {
      disk.write(1 << 20, MemorySegment.ofArray(new byte[1 << 16]));
      disk.writeZeroes(2 << 20, 1 << 16);
    }
    String map = image.byQemu("map", "--output=json").orFail().output();
    assertEquals(false, map.contains("offset"), map);
    try (DiskImage disk = DiskImages.open(image.file(), image.options(false))) {
      var extents = disk.extents(0, SIZE);
      for (var extent = extents.next(); extent != null; extent = extents.next()) {
        assertEquals(-1, extent.hostOffset());
      }
    }
  }
}
