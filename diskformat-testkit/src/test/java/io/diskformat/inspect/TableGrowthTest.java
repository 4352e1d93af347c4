package io.diskformat.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.StorageDevice;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import io.diskformat.testing.StorageOperation;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Partition tables of disks that grew, as sgdisk and sfdisk see them, and at each moment. */
final class TableGrowthTest {
  private static final int SECTOR = 512;
  private static final int MEBIBYTE = 1 << 20;
  private static final long OLD_SIZE = 16 * MEBIBYTE;
  private static final String GPT =
      """
      label: gpt
      label-id: 11111111-2222-4333-8444-555555555555
      first-lba: 34
      start=2048,size=4096,type=L,uuid=11111111-2222-4333-8444-666666666666,name="boot"
      start=8192,size=8192,type=L,uuid=11111111-2222-4333-8444-777777777777,name="root"
      """;
  private static final String MBR =
      """
      label: dos
      label-id: 0x5eed0002
      start=2048,size=4096,type=83,bootable
      start=8192,size=16384,type=5
      start=10240,size=2048,type=83
      start=16384,size=4096,type=82
      """;

  @TempDir Path directory;

  private Path disk(String script) throws IOException {
    Path file = directory.resolve("disk.raw");
    Files.deleteIfExists(file);
    resize(file, OLD_SIZE);
    Oracle.of("sfdisk").input(script).run("-q", file).orFail();
    return file;
  }

  private static void resize(Path file, long size) throws IOException {
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(size);
    }
  }

  /** How a table grows. */
  @FunctionalInterface
  private interface Growth {
    TableGrowth of(TableGrowth growth);
  }

  private static PartitionTable grow(Path file, Growth growth) throws IOException {
    try (DiskImage disk = DiskImages.open(file, OpenOptions.writable().format("raw"))) {
      return growth.of(TableGrowth.of(disk)).run();
    }
  }

  private static String sound(Path file) {
    String verdict = Oracle.of("sgdisk").run("-v", file).orFail().output();
    assertTrue(verdict.contains("No problems found"), verdict);
    Oracle.Result verified = Oracle.of("sfdisk").run("--verify", file).orFail();
    assertTrue((verified.output() + verified.error()).contains("No errors detected"), verdict);
    return Oracle.of("sfdisk").run("-d", file).orFail().output();
  }

  /** As long as partitions may begin with sector 34, sgdisk leaves as many at the end. */
  @ParameterizedTest
  @ValueSource(longs = {SECTOR, 7 * SECTOR, 33 * SECTOR, 34 * SECTOR, 40 * MEBIBYTE, 3L << 40})
  void writesWhatSgdiskWrites(long more) throws IOException {
    Path ours = disk(GPT);
    resize(ours, OLD_SIZE + more);
    Path theirs = directory.resolve("theirs.raw");
    Files.deleteIfExists(theirs);
    // As sparse as it is.
    Oracle.of("cp").run("--sparse=always", ours, theirs).orFail();
    PartitionTable table = grow(ours, growth -> growth);
    assertEquals(List.of(), table.problems());
    String dump = sound(ours);
    assertTrue(dump.contains("last-lba: " + (((OLD_SIZE + more) / SECTOR) - 34)), dump);
    Oracle.of("sgdisk").run("-e", theirs).orFail();
    try (DiskImage one = DiskImages.open(ours, OpenOptions.readOnly().format("raw"));
        DiskImage other = DiskImages.open(theirs, OpenOptions.readOnly().format("raw"))) {
      byte[] start = bytes(one, 0, 34 * SECTOR);
      byte[] expected = bytes(other, 0, 34 * SECTOR);
      // sgdisk also sets the cylinder, head and sector that the entry of the MBR ends with.
      System.arraycopy(expected, 446 + 5, start, 446 + 5, 3);
      assertArrayEquals(expected, start);
      long end = one.size() - 33 * SECTOR;
      assertArrayEquals(bytes(other, end, 33 * SECTOR), bytes(one, end, 33 * SECTOR));
      // sgdisk leaves the old header of the backup.
      long old = OLD_SIZE - SECTOR;
      if (old < end) {
        assertArrayEquals(new byte[SECTOR], bytes(one, old, SECTOR));
      }
    }
    byte[] before = start(ours);
    assertEquals(table, grow(ours, growth -> growth));
    assertArrayEquals(before, start(ours));
  }

  @Test
  void takesNoNumberForAnother() throws IOException {
    try (BlockDevice disk = DiskImages.open(disk(MBR), OpenOptions.writable().format("raw"))) {
      TableGrowth growth = TableGrowth.of(disk);
      for (int number : new int[] {0, -1}) {
        assertThrows(IllegalArgumentException.class, () -> growth.partition(number));
        assertThrows(IllegalArgumentException.class, () -> growth.partition(number, MEBIBYTE));
      }
      assertThrows(IllegalArgumentException.class, () -> growth.partition(1, -1));
    }
  }

  private static byte[] bytes(BlockDevice disk, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    disk.read(offset, bytes);
    return bytes;
  }

  private static byte[] start(Path file) throws IOException {
    try (DiskImage disk = DiskImages.open(file, OpenOptions.readOnly().format("raw"))) {
      return bytes(disk, 0, MEBIBYTE);
    }
  }

  @Test
  void growsPartitions() throws IOException {
    Path file = disk(GPT);
    resize(file, 3 * OLD_SIZE);
    PartitionTable table = grow(file, TableGrowth::lastPartition);
    assertEquals(3 * OLD_SIZE - 33 * SECTOR, table.partition(2).orElseThrow().end());
    String dump = sound(file);
    assertTrue(dump.contains("start=        8192, size=       90079"), dump);
    // Up to the next one, and no further.
    table = grow(file, growth -> growth.partition(1, 3 * MEBIBYTE + MEBIBYTE / 2));
    assertEquals(3 * MEBIBYTE + MEBIBYTE / 2, table.partition(1).orElseThrow().end());
    sound(file);
    table = grow(file, growth -> growth.partition(1));
    assertEquals(4 * MEBIBYTE, table.partition(1).orElseThrow().end());
    dump = sound(file);
    assertTrue(dump.contains("name=\"boot\"") && dump.contains("name=\"root\""), dump);
    for (Growth refused :
        List.<Growth>of(
            growth -> growth.partition(3),
            growth -> growth.partition(1, 5 * MEBIBYTE),
            growth -> growth.partition(1, 2 * MEBIBYTE),
            growth -> growth.partition(2, 3 * OLD_SIZE - 33 * SECTOR - 1))) {
      assertThrows(IllegalArgumentException.class, () -> grow(file, refused));
    }
  }

  @Test
  void growsPartitionsOfMbr() throws IOException {
    Path file = disk(MBR);
    resize(file, 2 * OLD_SIZE);
    PartitionTable table = grow(file, TableGrowth::lastPartition);
    assertEquals(2 * OLD_SIZE, table.partition(6).orElseThrow().end());
    // The second of the logical ones begins with its table, which the first cannot cover.
    table = grow(file, growth -> growth.partition(5));
    long end = table.partition(5).orElseThrow().end();
    assertTrue(end > 6 * MEBIBYTE && end < 8 * MEBIBYTE, () -> "ends at " + end);
    table = grow(file, growth -> growth.partition(1));
    assertEquals(4 * MEBIBYTE, table.partition(1).orElseThrow().end());
    assertEquals(List.of(), table.problems());
    Oracle.Result verified = Oracle.of("sfdisk").run("--verify", file).orFail();
    assertTrue(
        (verified.output() + verified.error()).contains("No errors detected"),
        () -> verified.toString());
    String dump = Oracle.of("sfdisk").run("-d", file).orFail().output();
    for (String line :
        List.of(
            "start=        2048, size=        6144, type=83, bootable",
            "start=        8192, size=       57344, type=5",
            "start=       16384, size=       49152, type=82")) {
      assertTrue(dump.contains(line), dump);
    }
    assertEquals(
        table.partition(5).orElseThrow().length() / SECTOR,
        Long.parseLong(dump.replaceAll("(?s).*start= *10240, size= *(\\d+).*", "$1")));
  }

  @Test
  void neverBeyondWhatAnMbrCanSay() throws IOException {
    Path file = disk("label: dos\nstart=2048,size=4096,type=83\n");
    resize(file, 5L << 40);
    PartitionTable table = grow(file, TableGrowth::lastPartition);
    assertEquals(SECTOR * (1L << 32), table.partition(1).orElseThrow().end());
    Oracle.of("sfdisk").run("-d", file).orFail();
  }

  @Test
  void refusesWhatItCannot() throws IOException {
    Path file = disk(GPT);
    resize(file, OLD_SIZE - MEBIBYTE);
    byte[] before = start(file);
    assertThrows(UnsupportedFeatureException.class, () -> grow(file, growth -> growth));
    assertArrayEquals(before, start(file));
    try (DiskImage disk = DiskImages.open(file, OpenOptions.readOnly().format("raw"))) {
      assertThrows(IllegalArgumentException.class, () -> TableGrowth.of(disk));
    }
    Path none = Files.write(directory.resolve("none.raw"), new byte[MEBIBYTE]);
    assertThrows(IllegalArgumentException.class, () -> grow(none, growth -> growth));
  }

  /** The table of a disk with sectors of 4096 bytes, which sfdisk cannot make in a file. */
  private byte[] coarse() throws IOException {
    byte[] fine = Files.readAllBytes(disk(GPT));
    int sector = 4096;
    byte[] disk = new byte[(int) OLD_SIZE];
    System.arraycopy(fine, 0, disk, 0, SECTOR);
    little(disk).putInt(446 + 12, (int) (OLD_SIZE / sector - 1));
    byte[] entries = Arrays.copyOfRange(fine, 2 * SECTOR, 34 * SECTOR);
    for (int i = 0; i < 2; i++) {
      ByteBuffer entry = little(entries);
      entry.putLong(i * 128 + 32, entry.getLong(i * 128 + 32) / 8);
      entry.putLong(i * 128 + 40, (entry.getLong(i * 128 + 40) + 1) / 8 - 1);
    }
    int last = disk.length / sector - 1;
    for (int self : new int[] {1, last}) {
      byte[] header = Arrays.copyOfRange(fine, SECTOR, SECTOR + 92);
      ByteBuffer fields = little(header);
      fields.putLong(24, self).putLong(32, self == 1 ? last : 1);
      fields.putLong(40, 6).putLong(48, last - 5);
      fields.putLong(72, self == 1 ? 2 : last - 4);
      fields.putInt(88, GptHeader.checksum(entries)).putInt(16, 0);
      fields.putInt(16, GptHeader.checksum(header));
      System.arraycopy(header, 0, disk, self * sector, header.length);
      System.arraycopy(entries, 0, disk, (self == 1 ? 2 : last - 4) * sector, entries.length);
    }
    return disk;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void growsTablesOfLargeSectors() throws IOException {
    Path file = Files.write(directory.resolve("coarse.raw"), coarse());
    String before = Oracle.of("fdisk").run("-b", 4096, "-l", file).orFail().output();
    resize(file, 2 * OLD_SIZE);
    PartitionTable table = grow(file, TableGrowth::lastPartition);
    assertEquals(4096, table.sectorSize());
    assertEquals(List.of(), table.problems());
    assertEquals(2 * OLD_SIZE - 5 * 4096, table.partition(2).orElseThrow().end());
    Oracle.Result after = Oracle.of("fdisk").run("-b", 4096, "-l", file).orFail();
    assertEquals("", after.error());
    assertTrue(before.matches("(?s).*coarse\\.raw2 +1024 +2047 +1024 .*"), before);
    assertTrue(after.output().matches("(?s).*coarse\\.raw2 +1024 +8186 +7163 .*"), after::output);
  }

  @ParameterizedTest
  @CsvSource({"512,65536", "512,4194304", "4096,8192", "4096,4194304"})
  void aTableIsValidAtEachMoment(int sectorSize, int more) throws IOException {
    byte[] disk = sectorSize == SECTOR ? Files.readAllBytes(disk(GPT)) : coarse();
    byte[] grown = Arrays.copyOf(disk, disk.length + more);
    List<Partition> old = read(disk).partitions();
    FaultyStorage storage = new FaultyStorage(MemoryStorage.of("disk", grown));
    List<Partition> wanted;
    try (BlockDevice device = new StorageDevice(storage, true)) {
      wanted = TableGrowth.of(device).lastPartition().run().partitions();
    }
    AtomicInteger found = new AtomicInteger();
    long checked =
        CrashImages.of(storage)
            .check(
                Seeds.of(getClass(), 1),
                30,
                (left, point) -> {
                  try (BlockDevice device = new StorageDevice(left, true)) {
                    List<Partition> present = PartitionTables.of(device).orElseThrow().partitions();
                    assertTrue(present.equals(old) || present.equals(wanted), present::toString);
                    found.addAndGet(present.equals(old) ? 0 : 1);
                    // Who tries again gets what he wanted.
                    PartitionTable table = TableGrowth.of(device).lastPartition().run();
                    assertEquals(wanted, table.partitions());
                    assertEquals(List.of(), table.problems());
                  }
                });
    assertTrue(found.get() > 0 && found.get() < checked, checked + " " + found);
  }

  /**
   * Where the new backup is over the old one, both copies may be half written without a barrier.
   */
  @Test
  void aMissingBarrierIsNoticed() throws IOException {
    byte[] grown = Arrays.copyOf(Files.readAllBytes(disk(GPT)), (int) OLD_SIZE + 7 * SECTOR);
    FaultyStorage storage = new FaultyStorage(MemoryStorage.of("disk", grown));
    try (BlockDevice device = new StorageDevice(storage, true)) {
      assertEquals(2, TableGrowth.of(device).lastPartition().run().partitions().size());
    }
    List<StorageOperation> log = new ArrayList<>(storage.log());
    assertTrue(log.remove(firstFlush(log)) instanceof StorageOperation.Flush);
    CrashImages images = new CrashImages(storage.initial(), log);
    assertThrows(
        AssertionError.class,
        () ->
            images.check(
                Seeds.of(getClass(), 1),
                200,
                (left, _) -> {
                  try (BlockDevice device = new StorageDevice(left, true)) {
                    assertTrue(PartitionTables.of(device).isPresent());
                  }
                }));
  }

  private static int firstFlush(List<StorageOperation> log) {
    int index = 0;
    while (!(log.get(index) instanceof StorageOperation.Flush)) {
      index++;
    }
    return index;
  }

  private static PartitionTable read(byte[] disk) throws IOException {
    try (BlockDevice device = new StorageDevice(MemoryStorage.of("disk", disk), true)) {
      return PartitionTables.of(device).orElseThrow();
    }
  }

  @Test
  void aLogicalPartitionIsThereAtEachMoment() throws IOException {
    byte[] grown = Arrays.copyOf(Files.readAllBytes(disk(MBR)), 2 * (int) OLD_SIZE);
    FaultyStorage storage = new FaultyStorage(MemoryStorage.of("disk", grown));
    List<Partition> old = read(grown).partitions();
    List<Partition> wanted;
    try (BlockDevice device = new StorageDevice(storage, true)) {
      wanted = TableGrowth.of(device).lastPartition().run().partitions();
    }
    long checked =
        CrashImages.of(storage)
            .check(
                Seeds.of(getClass(), 1),
                20,
                (left, point) -> {
                  try (BlockDevice device = new StorageDevice(left, true)) {
                    PartitionTable table = PartitionTables.of(device).orElseThrow();
                    assertEquals(List.of(), table.problems());
                    List<Partition> present = table.partitions();
                    assertTrue(present.equals(old) || present.equals(wanted), present::toString);
                  }
                });
    assertTrue(checked > 0);
  }

  /** Random tables with one copy damaged, or neither, on disks that grew by any amount. */
  @Test
  void mendsTheCopyAtTheStart() throws IOException {
    Random random = new Random(Seeds.of(getClass(), 1));
    Path file = directory.resolve("random.raw");
    for (int i = 0; i < 8; i++) {
      Path made = disk(GPT);
      boolean damaged = random.nextBoolean();
      long more = (long) random.nextInt(damaged ? 1 : 4096) * SECTOR;
      byte[] disk = Arrays.copyOf(Files.readAllBytes(made), (int) (OLD_SIZE + more));
      if (damaged) {
        disk[SECTOR + 16 + random.nextInt(76)] ^= 1;
      }
      Files.write(file, disk);
      PartitionTable table = grow(file, TableGrowth::lastPartition);
      assertEquals(List.of(), table.problems());
      sound(file);
      Files.move(file, made, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
