package io.diskformat.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.device.StorageDevice;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Partition tables that are not as sfdisk writes them, as partx reads them, which libblkid does.
 */
final class OddTablesTest {
  private static final int SECTOR = 512;
  private static final int SIZE = 16 << 20;
  private static final int EXTENDED = 8192;
  private static final int LINK = 462;
  private static final String MBR =
      """
      label: dos
      label-id: 0x5eed0003
      start=2048,size=4096,type=83,bootable
      start=8192,size=16384,type=5
      start=10240,size=2048,type=83
      start=16384,size=4096,type=82
      start=22528,size=100,type=83
      """;

  @TempDir Path directory;

  private Path file(String script) throws IOException {
    Path file = directory.resolve("disk.raw");
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(SIZE);
    }
    Oracle.of("sfdisk").input(script).run("-q", file).orFail();
    return file;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Optional<PartitionTable> find(Path file) throws IOException {
    try (DiskImage disk = DiskImages.open(file, OpenOptions.readOnly().format("raw"))) {
      return PartitionTables.of(disk);
    }
  }

  private static String ours(PartitionTable table) {
    StringBuilder lines = new StringBuilder();
    for (Partition partition : table.partitions()) {
      lines.append(
          "%d %d %d\n"
              .formatted(
                  partition.number(), partition.offset() / SECTOR, partition.length() / SECTOR));
    }
    return lines.toString();
  }

  /** Returns the partitions as partx lists them, without extended ones. */
  private static String theirs(Path file) {
    StringBuilder lines = new StringBuilder();
    Oracle.of("partx")
        .run("-g", "-o", "NR,START,SECTORS,TYPE", "-s", file)
        .orFail()
        .output()
        .lines()
        .map(line -> line.strip().split(" +"))
        .filter(fields -> !fields[3].equals("0x5"))
        .forEach(fields -> lines.append(String.join(" ", Arrays.copyOf(fields, 3))).append('\n'));
    return lines.toString();
  }

  private static PartitionTable assertSame(Path file) throws IOException {
    PartitionTable table = find(file).orElseThrow();
    assertEquals(theirs(file), ours(table));
    return table;
  }

  /** Returns the sectors of the tables of logical partitions. */
  private static int[] tables(byte[] disk) {
    int second = EXTENDED + little(disk).getInt(EXTENDED * SECTOR + LINK + 8);
    return new int[] {EXTENDED, second, EXTENDED + little(disk).getInt(second * SECTOR + LINK + 8)};
  }

  @Test
  void linksMayComeBeforePartitions() throws IOException {
    Path file = file(MBR);
    String before = ours(assertSame(file));
    byte[] disk = Files.readAllBytes(file);
    for (int table : tables(disk)) {
      byte[] data = Arrays.copyOfRange(disk, table * SECTOR + 446, table * SECTOR + LINK);
      System.arraycopy(disk, table * SECTOR + LINK, disk, table * SECTOR + 446, 16);
      System.arraycopy(data, 0, disk, table * SECTOR + LINK, 16);
    }
    Files.write(file, disk);
    assertEquals(before, ours(assertSame(file)));
    // And so a partition grows.
    try (BlockDevice device = new StorageDevice(MemoryStorage.of("disk", disk), true)) {
      PartitionTable grown = TableGrowth.of(device).partition(7).run();
      assertEquals(SIZE, grown.partition(7).orElseThrow().end());
    }
  }

  @Test
  void aTableMayLeadToItself() throws IOException {
    Path file = file(MBR);
    byte[] disk = Files.readAllBytes(file);
    int[] tables = tables(disk);
    little(disk).putInt(tables[1] * SECTOR + LINK + 8, tables[1] - EXTENDED);
    Files.write(file, disk);
    PartitionTable table = assertSame(file);
    assertEquals(3, table.partitions().size());
    assertEquals(1, table.problems().size());
  }

  @Test
  void aFlagThatIsNoneMakesItNoTable() throws IOException {
    Path file = file(MBR);
    byte[] disk = Files.readAllBytes(file);
    disk[446] = 0x12;
    Files.write(file, disk);
    assertTrue(find(file).isEmpty());
    assertTrue(Oracle.of("partx").run("-g", "-s", file).exitCode() != 0);
  }

  private static final String GPT =
      """
      label: gpt
      label-id: 11111111-2222-4333-8444-555555555555
      table-length: 256
      first-lba: 80
      start=2048,size=4096
      200: start=8192,size=1000
      3: start=6400,size=20
      """;

  @Test
  void numbersAreThoseOfEntries() throws IOException {
    Path file = file(GPT);
    PartitionTable table = assertSame(file);
    assertEquals(3, table.partitions().size());
    assertEquals(0, table.problems().size());
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(2 * SIZE);
    }
    try (DiskImage disk = DiskImages.open(file, OpenOptions.writable().format("raw"))) {
      assertEquals(0, TableGrowth.of(disk).lastPartition().run().problems().size());
    }
    assertEquals(
        (2L * SIZE / SECTOR - 65) * SECTOR, assertSame(file).partition(200).orElseThrow().end());
    Oracle.Result verified = Oracle.of("sgdisk").run("-v", file).orFail();
    assertTrue(verified.output().contains("No problems found"), verified::toString);
  }

  @Test
  void aGptWinsOverTheMbrBesideIt() throws IOException {
    Path file = file(GPT);
    Oracle.of("sgdisk").run("-h", "1:3", file).orFail();
    PartitionTable table = assertSame(file);
    assertEquals(PartitionTable.Kind.GPT, table.kind());
    assertEquals(1, table.problems().size());
    byte[] before = Arrays.copyOf(Files.readAllBytes(file), SECTOR);
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(2 * SIZE);
    }
    // What somebody wrote there is left alone.
    try (DiskImage disk = DiskImages.open(file, OpenOptions.writable().format("raw"))) {
      PartitionTable _ = TableGrowth.of(disk).run();
    }
    assertTrue(Arrays.equals(before, Arrays.copyOf(Files.readAllBytes(file), SECTOR)));
    assertSame(file);
  }

  /** libblkid wants entries of 128 bytes, and UEFI allows for larger ones. */
  @Test
  void entriesMayBeLarger() throws IOException {
    byte[] disk = Files.readAllBytes(file(GPT.replace("256", "64").replace("200:", "60:")));
    byte[] entries = new byte[64 * 256];
    for (int copy : new int[] {1, SIZE / SECTOR - 1}) {
      int header = copy * SECTOR;
      int at = (int) little(disk).getLong(header + 72) * SECTOR;
      for (int i = 0; i < 64 && copy == 1; i++) {
        System.arraycopy(disk, at + i * 128, entries, i * 256, 128);
      }
      int first = copy == 1 ? 2 : SIZE / SECTOR - 33;
      System.arraycopy(entries, 0, disk, first * SECTOR, entries.length);
      little(disk).putLong(header + 72, first).putInt(header + 84, 256);
      little(disk).putInt(header + 88, GptHeader.checksum(entries)).putInt(header + 16, 0);
      little(disk)
          .putInt(
              header + 16,
              GptHeader.checksum(Arrays.copyOfRange(disk, header, header + GptHeader.SIZE)));
    }
    byte[] grown = Arrays.copyOf(disk, 2 * SIZE);
    try (BlockDevice device = new StorageDevice(MemoryStorage.of("disk", grown), true)) {
      assertEquals(
          "1 2048 4096\n3 6400 20\n60 8192 1000\n", ours(PartitionTables.of(device).orElseThrow()));
      PartitionTable table = TableGrowth.of(device).lastPartition().run();
      assertEquals(0, table.problems().size());
      assertEquals(2L * SIZE - 33 * SECTOR, table.partition(60).orElseThrow().end());
    }
  }
}
