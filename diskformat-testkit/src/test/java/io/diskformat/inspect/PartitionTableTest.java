package io.diskformat.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.StorageDevice;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Partition tables as sfdisk writes and reads them, and damaged ones. */
final class PartitionTableTest {
  private static final int SECTOR = 512;
  private static final Pattern LINE =
      Pattern.compile("start= *(\\d+), size= *(\\d+), type=([0-9A-Fa-f-]+)(.*)");

  @TempDir Path directory;
  private final Random random = new Random(Seeds.of(getClass(), 1));

  private Path disk(long size, String script) throws IOException {
    Path file = directory.resolve("disk.raw");
    Files.deleteIfExists(file);
    try (RandomAccessFile empty = new RandomAccessFile(file.toFile(), "rw")) {
      empty.setLength(size);
    }
    Oracle.of("sfdisk").input(script).run("-q", file).orFail();
    return file;
  }

  private static PartitionTable read(Path file) throws IOException {
    try (DiskImage disk = DiskImages.open(file, OpenOptions.readOnly().format("raw"))) {
      return PartitionTables.of(disk).orElseThrow();
    }
  }

  private static PartitionTable read(byte[] disk) throws IOException {
    return find(disk).orElseThrow();
  }

  private static Optional<PartitionTable> find(byte[] disk) throws IOException {
    try (BlockDevice device = new StorageDevice(MemoryStorage.of("disk", disk), true)) {
      Optional<PartitionTable> table = PartitionTables.of(device);
      for (Partition partition : table.map(PartitionTable::partitions).orElse(List.of())) {
        assertEquals(partition.length(), partition.of(device).size());
      }
      return table;
    }
  }

  /** Fails unless the table lists what sfdisk lists. */
  private static void assertAsListed(Path file, PartitionTable table) throws IOException {
    List<String> expected = new ArrayList<>();
    String dump = Oracle.of("sfdisk").run("--dump", file).orFail().output();
    for (MatchResult line : LINE.matcher(dump).results().toList()) {
      expected.add(
          "%d %d %s %s"
              .formatted(
                  Long.parseLong(line.group(1)),
                  Long.parseLong(line.group(2)),
                  type(line.group(3)),
                  line.group(4).contains("ootable")));
    }
    List<String> found = new ArrayList<>();
    for (Partition partition : table.partitions()) {
      found.add(
          "%d %d %s %s"
              .formatted(
                  partition.offset() / SECTOR,
                  partition.length() / SECTOR,
                  partition.type(),
                  partition.isBootable()));
    }
    // An extended partition is none of its own here.
    expected.removeIf(line -> line.contains(" 05 ") || line.contains(" 0f "));
    assertEquals(expected, found, dump);
    assertTrue(
        dump.toLowerCase(Locale.ROOT).contains("label-id: 0x" + table.id())
            || dump.toLowerCase(Locale.ROOT).contains("label-id: " + table.id()),
        dump);
  }

  private static String type(String listed) {
    return listed.length() == 1 ? "0" + listed : listed;
  }

  @Test
  void randomTablesAsSfdiskWritesThem() throws IOException {
    for (int i = 0; i < 25; i++) {
      Path mbr = disk(256 << 20, randomMbr());
      PartitionTable table = read(mbr);
      assertEquals(PartitionTable.Kind.MBR, table.kind());
      assertAsListed(mbr, table);
      assertEquals(List.of(), table.problems());
      Path gpt = disk(256 << 20, randomGpt());
      table = read(gpt);
      assertEquals(PartitionTable.Kind.GPT, table.kind());
      assertAsListed(gpt, table);
      assertEquals(List.of(), table.problems());
    }
  }

  private String randomMbr() {
    StringBuilder script =
        new StringBuilder("label: dos\nlabel-id: 0x%x\n".formatted(random.nextInt()));
    long at = 2048;
    int primaries = random.nextInt(4);
    for (int i = 0; i < primaries; i++) {
      long size = 1 + random.nextInt(50_000);
      script.append(
          "start=%d,size=%d,type=%s%s%n"
              .formatted(
                  at,
                  size,
                  random.nextBoolean() ? "83" : "c",
                  random.nextInt(3) == 0 ? ",bootable" : ""));
      at += size + random.nextInt(5000);
    }
    if (primaries == 0 || random.nextBoolean()) {
      script.append(
          "start=%d,size=%d,type=%s%n".formatted(at, 250_000, random.nextBoolean() ? "5" : "f"));
      for (int i = random.nextInt(12); i > 0; i--) {
        at += 2048 + random.nextInt(5000);
        long size = 1 + random.nextInt(10_000);
        script.append("start=%d,size=%d,type=82%n".formatted(at, size));
        at += size;
      }
    }
    return script.toString();
  }

  private String randomGpt() {
    StringBuilder script = new StringBuilder("label: gpt\n");
    if (random.nextBoolean()) {
      script.append("table-length: %d%n".formatted(128 + random.nextInt(200)));
    }
    long at = 2048;
    for (int i = random.nextInt(20); i >= 0; i--) {
      long size = 1 + random.nextInt(10_000);
      script.append(
          "%d: start=%d,size=%d,type=%s,name=\"part %d é\"%s%n"
              .formatted(
                  1 + i * 3,
                  at,
                  size,
                  random.nextBoolean() ? "L" : "U",
                  i,
                  random.nextInt(3) == 0 ? ",attrs=LegacyBIOSBootable" : ""));
      at += size + random.nextInt(5000);
    }
    return script.toString();
  }

  @Test
  void namesAndNumbersOfGptPartitions() throws IOException {
    Path file =
        disk(
            64 << 20,
            """
            label: gpt
            15: start=2048, size=4096, type=U, name="EFI"
            1: start=8192, size=8192, type=L, name="wurzel ä"
            """);
    PartitionTable table = read(file);
    assertEquals(List.of(1, 15), table.partitions().stream().map(Partition::number).toList());
    assertEquals("wurzel ä", table.partition(1).orElseThrow().label());
    assertEquals("EFI", table.partition(15).orElseThrow().label());
  }

  @Test
  void aPartitionIsADevice() throws IOException {
    Path file = disk(64 << 20, "label: dos\nstart=2048,size=4096,type=83\n");
    try (DiskImage disk = DiskImages.open(file, OpenOptions.writable().format("raw"))) {
      Partition partition = PartitionTables.of(disk).orElseThrow().partition(1).orElseThrow();
      BlockDevice device = partition.of(disk);
      assertEquals(4096 * SECTOR, device.size());
      device.write(0, new byte[] {7});
      byte[] found = new byte[1];
      disk.read(2048 * SECTOR, found);
      assertEquals(7, found[0]);
    }
  }

  @Test
  void sectorsOf4096Bytes() throws IOException {
    Path file = disk(64 << 20, "label: dos\n");
    Oracle.of("fdisk").input("g\nn\n1\n\n+1M\nn\n2\n\n+2M\nw\n").run("-b", "4096", file).orFail();
    PartitionTable table = read(file);
    assertEquals(4096, table.sectorSize());
    assertEquals(List.of(), table.problems());
    assertEquals(
        List.of(1L << 20, 2L << 20), table.partitions().stream().map(Partition::length).toList());
  }

  @Test
  void theBackupServesWhereTheFirstCopyIsDamaged() throws IOException {
    Path file = disk(64 << 20, "label: gpt\nsize=4096,type=L\nsize=8192,type=U\n");
    PartitionTable whole = read(file);
    byte[] disk = Files.readAllBytes(file);
    for (int position : new int[] {SECTOR + 3, SECTOR + 24, SECTOR + 60, 2 * SECTOR + 40}) {
      byte[] damaged = disk.clone();
      damaged[position] ^= 1;
      PartitionTable table = read(damaged);
      assertEquals(whole.partitions(), table.partitions());
      assertFalse(table.problems().isEmpty());
      // The other copy gone, too.
      for (int i = disk.length - 33 * SECTOR; i < disk.length; i++) {
        damaged[i] = 0;
      }
      assertThrows(CorruptImageException.class, () -> read(damaged));
    }
    byte[] noBackup = disk.clone();
    noBackup[disk.length - SECTOR] = 0;
    PartitionTable table = read(noBackup);
    assertEquals(whole.partitions(), table.partitions());
    assertEquals(List.of("the backup of the GPT is missing or damaged"), table.problems());
  }

  /** As after the growth of the image. */
  @Test
  void theBackupMayBeWhereTheDiskEnded() throws IOException {
    Path file = disk(64 << 20, "label: gpt\nsize=4096,type=L\n");
    byte[] disk = Arrays.copyOf(Files.readAllBytes(file), 80 << 20);
    PartitionTable table = read(disk);
    assertEquals(1, table.partitions().size());
    assertEquals(List.of("the backup of the GPT is not at the end of the disk"), table.problems());
    disk[2 * SECTOR] ^= 1;
    assertEquals(table.partitions(), read(disk).partitions());
  }

  @Test
  void aLoopOfLogicalPartitionsEnds() throws IOException {
    Path file =
        disk(
            64 << 20,
            "label: dos\n"
                + "start=2048,size=100000,type=5\n"
                + "start=4096,size=100\n"
                + "start=8192,size=100\n");
    byte[] disk = Files.readAllBytes(file);
    PartitionTable whole = read(disk);
    assertEquals(List.of(5, 6), whole.partitions().stream().map(Partition::number).toList());
    // The second table, before the partition at 8192, leads to the first one.
    int second = (int) (whole.partition(6).orElseThrow().offset() - 2048 * SECTOR);
    int link = second + MbrEntry.FIRST + MbrEntry.SIZE;
    disk[link + 4] = 5;
    disk[link + 12] = 1;
    PartitionTable table = read(disk);
    assertEquals(whole.partitions(), table.partitions());
    assertEquals(1, table.problems().size(), table.problems().toString());
  }

  @Test
  void overlapsAndEndsBeyondTheDiskAreReported() throws IOException {
    byte[] disk = new byte[1 << 20];
    disk[510] = 0x55;
    disk[511] = (byte) 0xAA;
    entry(disk, 0, 0x83, 10, 100);
    entry(disk, 1, 0x83, 50, 100_000);
    entry(disk, 2, 0x83, 90_000, 10);
    PartitionTable table = read(disk);
    assertEquals(2, table.partitions().size());
    assertEquals(1 << 20, table.partition(2).orElseThrow().end());
    assertEquals(3, table.problems().size(), table.problems().toString());
  }

  private static void entry(byte[] disk, int index, int type, int start, int count) {
    ByteBuffer sector = ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN);
    int at = MbrEntry.FIRST + index * MbrEntry.SIZE;
    sector.put(at + 4, (byte) type).putInt(at + 8, start).putInt(at + 12, count);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-F 12", "-F 16", "-F 32"})
  void aFileSystemIsNoTable(String options) throws IOException {
    Path file = directory.resolve("fat.raw");
    Files.write(file, new byte[40 << 20]);
    Oracle.of("mkfs.vfat").run(options.split(" ")[0], options.split(" ")[1], file).orFail();
    try (DiskImage disk = DiskImages.open(file, OpenOptions.readOnly().format("raw"))) {
      assertTrue(PartitionTables.of(disk).isEmpty());
    }
  }

  @Test
  void emptyAndTinyDisksHaveNone() throws IOException {
    for (int size : new int[] {0, 512, 1024, 1 << 20}) {
      assertTrue(find(new byte[size]).isEmpty());
    }
  }

  @Test
  void whatIsNotReadIsRefusedByName() {
    byte[] apple = new byte[4096];
    apple[0] = 'E';
    apple[1] = 'R';
    assertTrue(refusal(apple).contains("Apple"));
    byte[] dynamic = new byte[4096];
    dynamic[510] = 0x55;
    dynamic[511] = (byte) 0xAA;
    entry(dynamic, 0, 0x42, 1, 2);
    assertTrue(refusal(dynamic).contains("LDM"));
    byte[] bsd = new byte[4096];
    ByteBuffer.wrap(bsd).order(ByteOrder.LITTLE_ENDIAN).putInt(512, 0x82564557);
    assertTrue(refusal(bsd).contains("BSD disklabel"));
  }

  /** What is in a partition that is divided once more is not listed, and that is said. */
  @ParameterizedTest
  @ValueSource(ints = {0xA5, 0xA6, 0xA9, 0x63})
  void dividedPartitionsAreReported(int type) throws IOException {
    byte[] disk = new byte[1 << 20];
    disk[510] = 0x55;
    disk[511] = (byte) 0xAA;
    entry(disk, 0, 0x83, 64, 100);
    entry(disk, 1, type, 200, 100);
    PartitionTable table = read(disk);
    assertEquals(2, table.partitions().size());
    assertEquals(
        List.of("partition 2 has a table of BSD or Unix, whose partitions are not listed"),
        table.problems());
  }

  /** A partition of more bytes than can be counted is none, whatever the header allows. */
  @ParameterizedTest
  @ValueSource(longs = {1L << 55, 1L << 62, Long.MAX_VALUE, (Long.MAX_VALUE >> 9) + 1})
  void noPartitionIsLargerThanNumbers(long last) throws IOException {
    byte[] disk = Files.readAllBytes(disk(1 << 20, "label: gpt\nfirst-lba: 34\nsize=400,type=L\n"));
    ByteBuffer bytes = ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(2 * SECTOR + 40, last);
    bytes.putLong(SECTOR + 48, Long.MAX_VALUE);
    bytes.putInt(SECTOR + 88, sum(disk, 2 * SECTOR, bytes.getInt(SECTOR + 80) * 128));
    bytes.putInt(SECTOR + 16, 0);
    bytes.putInt(SECTOR + 16, sum(disk, SECTOR, bytes.getInt(SECTOR + 12)));
    PartitionTable table = read(disk);
    assertEquals(List.of(), table.partitions());
    assertTrue(
        String.join("\n", table.problems()).contains("1 is from sector 34 to " + last + ", and"),
        table.problems().toString());
  }

  private static int sum(byte[] bytes, int from, int length) {
    return GptHeader.checksum(Arrays.copyOfRange(bytes, from, from + length));
  }

  private static String refusal(byte[] disk) {
    return assertThrows(UnsupportedFeatureException.class, () -> find(disk)).getMessage();
  }

  /** Whatever is damaged, there is a table or an error. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "label: gpt\nfirst-lba: 34\nsize=400,type=L\nsize=800,type=U\n",
        "label: dos\nstart=34,size=1000,type=5\nstart=100,size=10\nstart=200,size=10\nsize=10\n"
      })
  void anyDamageGivesATableOrAnError(String script) throws IOException {
    byte[] disk = Files.readAllBytes(disk(1 << 20, script));
    List<Integer> used = new ArrayList<>();
    for (int i = 0; i < disk.length; i++) {
      if (disk[i] != 0) {
        used.add(i);
      }
    }
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = disk.clone();
      for (int j = 0; j <= random.nextInt(4); j++) {
        int at = used.get(random.nextInt(used.size()));
        damaged[at] = (byte) random.nextInt(256);
      }
      try {
        var _ = find(damaged);
      } catch (DiskFormatException expected) {
        assertFalse(expected.getMessage().isEmpty());
      }
    }
  }
}
