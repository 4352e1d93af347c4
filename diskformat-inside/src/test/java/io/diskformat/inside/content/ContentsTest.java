package io.diskformat.inside.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What volumes hold, as libblkid has it. */
class ContentsTest {
  @TempDir Path directory;

  private Path empty(long size) throws IOException {
    Path file = directory.resolve("volume" + directory.toFile().list().length);
    try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.setLength(size);
    }
    return file;
  }

  private static Content read(Path volume) throws IOException {
    try (BlockDevice device = DiskImages.open(volume, OpenOptions.readOnly().format("raw"))) {
      return Contents.of(device);
    }
  }

  private static Map<String, String> blkid(Path volume) {
    Map<String, String> values = new TreeMap<>();
    Oracle.of("blkid")
        .run("-p", "-o", "export", volume)
        .orFail()
        .output()
        .lines()
        .map(line -> line.split("=", 2))
        .forEach(pair -> values.put(pair[0], pair[1].replaceAll("\\\\(.)", "$1")));
    return values;
  }

  private static void make(Path volume, String command) {
    List<Object> arguments = new ArrayList<>(Arrays.asList(command.split(" ")));
    Oracle tool = Oracle.of(arguments.removeFirst().toString());
    arguments.replaceAll(each -> each.equals("FILE") ? volume : each);
    if (!arguments.contains(volume)) {
      arguments.add(volume);
    }
    tool.run(arguments.toArray()).orFail();
  }

  @ParameterizedTest
  @CsvSource({
    "16, mke2fs -q -t ext2 -L label2",
    "16, mke2fs -q -t ext3 -L label3",
    "16, mke2fs -q -t ext4 -L label4",
    "16, mke2fs -q -t ext4 -O ^64bit -b 1024",
    "16, mke2fs -q -O journal_dev",
    "320, mkfs.xfs -q -L xfslabel",
    "320, mkfs.xfs -q -m crc=0",
    "128, mkfs.btrfs -q -L butter",
    "128, mkfs.btrfs -q --csum sha256",
    "128, mkfs.btrfs -q --csum xxhash",
    "64, mkfs.f2fs -q -l flash",
    "16, mkntfs -q -F -Q -L windows",
    "1, mkfs.vfat -F 12 -n TWELVE",
    "16, mkfs.vfat -F 16 -n SIXTEEN",
    "64, mkfs.vfat -F 32 -n THIRTYTWO",
    "64, mkfs.vfat -F 32",
    "16, mkfs.exfat -L ex-label",
    "16, mkswap -L swapped",
    "16, mkswap -p 65536",
    "16, mkudffs -l udf-label",
  })
  void isAsLibblkidHasIt(int mebibytes, String command) throws IOException {
    Path volume = empty((long) mebibytes << 20);
    make(volume, command);
    assertSameAsBlkid(volume);
  }

  private static void assertSameAsBlkid(Path volume) throws IOException {
    Map<String, String> theirs = blkid(volume);
    Content ours = read(volume);
    assertEquals(theirs.get("TYPE"), ours.type());
    assertEquals(theirs.getOrDefault("LABEL", ""), ours.label());
    if (!ours.type().equals("udf")) {
      assertEquals(theirs.getOrDefault("UUID", ""), ours.uuid());
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void knowsLuks(int version) throws IOException {
    Path volume = empty(32 << 20);
    Oracle.of("cryptsetup")
        .input("passphrase")
        .run(
            "luksFormat",
            "-q",
            "--type",
            "luks" + version,
            "--pbkdf",
            "pbkdf2",
            "--pbkdf-force-iterations",
            "1000",
            volume,
            "-")
        .orFail();
    assertSameAsBlkid(volume);
    // A file system that is left behind it does not count.
    Path other = empty(32 << 20);
    make(other, "mke2fs -q -t ext3");
    byte[] superblock = Arrays.copyOfRange(Files.readAllBytes(other), 1024, 2048);
    try (RandomAccessFile raw = new RandomAccessFile(volume.toFile(), "rw")) {
      raw.seek(1024);
      raw.write(superblock);
    }
    assertSameAsBlkid(volume);
  }

  @Test
  void knowsDiscs() throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("a"), "a");
    Path disc = directory.resolve("disc.iso");
    Oracle.of("xorriso")
        .run("-as", "mkisofs", "-quiet", "-R", "-V", "A_DISC", "-o", disc, files)
        .orFail();
    assertSameAsBlkid(disc);
    Path squashed = directory.resolve("squashed");
    Oracle.of("mksquashfs").run(files, squashed, "-quiet", "-no-progress").orFail();
    assertSameAsBlkid(squashed);
  }

  @Test
  void saysWhenThereAreSeveral() throws IOException {
    Path volume = empty(320 << 20);
    make(volume, "mke2fs -q -t ext3");
    Path other = empty(320 << 20);
    make(other, "mkfs.xfs -q");
    try (RandomAccessFile raw = new RandomAccessFile(volume.toFile(), "rw")) {
      raw.write(Arrays.copyOf(Files.readAllBytes(other), 512));
    }
    assertEquals(8, Oracle.of("blkid").run("-p", volume).exitCode());
    Content both = read(volume);
    assertEquals(Content.AMBIGUOUS, both.type());
    assertEquals(List.of("xfs", "ext3"), both.candidates());
  }

  @Test
  void saysHowMuchIsUsed() throws IOException {
    Path volume = empty(16 << 20);
    make(volume, "mke2fs -q -t ext4 -b 4096");
    String counts = Oracle.of("dumpe2fs").run("-h", volume).orFail().output();
    long blocks = number(counts, "Block count:");
    long free = number(counts, "Free blocks:");
    Content content = read(volume);
    assertEquals(blocks * 4096, content.size().orElseThrow());
    assertEquals((blocks - free) * 4096, content.used().orElseThrow());
  }

  @ParameterizedTest
  @CsvSource({"16, 4096", "300, 512", "64, 65536"})
  void saysHowMuchOfNtfsIsUsed(int mebibytes, int cluster) throws IOException {
    Path volume = empty((long) mebibytes << 20);
    make(volume, "mkntfs -q -F -Q -L label -c " + cluster);
    Path file = Files.write(directory.resolve("file"), new byte[700_000]);
    Oracle.of("ntfscp").run("-f", volume, file, "file").orFail();
    String counts = Oracle.of("ntfscluster").run("-f", "-i", volume).orFail().output();
    long clusters = ((((long) mebibytes << 20) / 512 - 1) * 512) / cluster;
    long free = Long.parseLong(value(counts, "clusters of free space"));
    Content content = read(volume);
    assertEquals((clusters - free) * cluster, content.used().orElseThrow(), counts);
    assertEquals("label", content.label());
  }

  @Test
  void saysHowMuchOfBtrfsIsUsed() throws IOException {
    Path volume = empty(128L << 20);
    make(volume, "mkfs.btrfs -q -L butter");
    String superblock =
        Oracle.of("btrfs").run("inspect-internal", "dump-super", volume).orFail().output();
    Content content = read(volume);
    assertEquals(number(superblock, "total_bytes"), content.size().orElseThrow());
    assertEquals(number(superblock, "bytes_used"), content.used().orElseThrow());
  }

  private static String value(String text, String title) {
    return text.lines()
        .filter(each -> each.startsWith(title))
        .map(each -> each.substring(each.indexOf(':') + 1).strip())
        .findFirst()
        .orElseThrow();
  }

  private static long number(String text, String title) {
    String line = text.lines().filter(each -> each.startsWith(title)).findFirst().orElseThrow();
    return Long.parseLong(line.substring(title.length()).strip());
  }

  @Test
  void noBytesMatter() throws IOException {
    Random random = new Random(1);
    Path volume = empty(4 << 20);
    byte[] marks = new byte[256 << 10];
    for (int i = 0; i < 300; i++) {
      random.nextBytes(marks);
      place(marks, random.nextInt(12), random);
      try (RandomAccessFile raw = new RandomAccessFile(volume.toFile(), "rw")) {
        raw.write(marks);
        raw.setLength(random.nextInt(3) == 0 ? random.nextInt(70_000) / 512 * 512 : 4 << 20);
      }
      assertTrue(read(volume).type() != null);
    }
  }

  /** Puts a mark where it belongs, before numbers that make no sense. */
  private static void place(byte[] bytes, int which, Random random) {
    String[] marks = {
      "XFSB",
      "NTFS    ",
      "EXFAT   ",
      "hsqs",
      "_BHRfS_M",
      "LUKS",
      "LABELONE",
      "CD001",
      "NSR02",
      "FAT",
      "NXSB",
      "H+"
    };
    int[] places = {0, 3, 3, 0, 0x10040, 0, 512, 0x8001, 0x8801, 0x36, 32, 1024};
    byte[] mark = marks[which].getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(mark, 0, bytes, places[which], mark.length);
    if (random.nextBoolean()) {
      Arrays.fill(bytes, 11, 30, (byte) 0);
    }
    bytes[510] = 0x55;
    bytes[511] = (byte) 0xAA;
  }
}
