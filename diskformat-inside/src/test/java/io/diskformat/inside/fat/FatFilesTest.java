package io.diskformat.inside.fat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.NodeAttributes;
import io.diskformat.inside.MemoryDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What single structures say, and what becomes of those that cannot be. */
class FatFilesTest {
  private static final int DIRECTORY = MadeFat.DIRECTORY;
  private static final int LAST = MadeFat.LAST;

  private static String problem(Executable action) {
    return String.valueOf(assertThrows(CorruptImageException.class, action).getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "4084, false, FAT12",
    "4085, false, FAT16",
    "65524, false, FAT16",
    "65525, true, FAT32",
    "100, true, FAT32",
  })
  void countOfClustersDecides(int clusters, boolean wide, TableKind kind) throws IOException {
    assertEquals(kind, boot(clusters, wide).kind());
    assertEquals(clusters, boot(clusters, wide).clusters());
  }

  private static BootSector boot(int clusters, boolean wide) throws IOException {
    return boot(sector(clusters, wide));
  }

  private static BootSector boot(byte[] sector) throws IOException {
    return BootSector.read(new DeviceBytes(new MemoryDevice(sector)));
  }

  private static byte[] sector(int clusters, boolean wide) {
    byte[] sector = Arrays.copyOf(new MadeFat().bytes, 512);
    ByteBuffer bytes = ByteBuffer.wrap(sector).order(ByteOrder.LITTLE_ENDIAN);
    int perTable = 600;
    int data = 1 + 2 * perTable + (wide ? 0 : 14);
    bytes.putShort(0x11, (short) (wide ? 0 : 224));
    bytes.putShort(0x13, (short) 0).putInt(0x20, data + clusters);
    bytes.putShort(0x16, (short) (wide ? 0 : perTable)).putInt(0x24, perTable);
    return sector;
  }

  @Test
  void refusesWhatCannotBe() throws IOException {
    assertTrue(problem(() -> boot(65_525, false)).contains("too many for FAT16"));
    assertTrue(problem(() -> boot(0, false)).contains("1215 sectors"));
    byte[] otherVersion = sector(70_000, true);
    otherVersion[0x2A] = 1;
    assertThrows(UnsupportedFeatureException.class, () -> boot(otherVersion));
    // The third of two tables.
    byte[] other = sector(70_000, true);
    other[0x28] = (byte) 0x82;
    assertTrue(problem(() -> boot(other)).contains("table 2 counts"));
  }

  @Test
  void readsTheTableThatCounts() throws IOException {
    byte[] sector = sector(70_000, true);
    sector[0x28] = (byte) 0x81;
    assertEquals(601 * 512, boot(sector).tableAt());
    sector[0x28] = 1;
    // All are kept the same, so that the first will do.
    assertEquals(512, boot(sector).tableAt());
  }

  @Test
  void showsShortNames() throws IOException {
    MadeFat made =
        new MadeFat()
            .entry("A LABEL    ", 0x28, 0, 0)
            .entry("PLAIN   TXT", 0, 0, 0)
            .entry("LOWER   TXT", 0, 0, 0)
            .with(0xC, 0x18)
            .entry("BASE    TXT", 0, 0, 0)
            .with(0xC, 0x08)
            .entry("EXT     TXT", 0, 0, 0)
            .with(0xC, 0x10)
            .entry("\u00E5ELETED    ", 0, 0, 0)
            .entry("\u0005\u0081      E  ", 0x20, 0, 0)
            .entry("A/B        ", 0, 0, 0)
            .entry("           ", 0, 0, 0)
            .entry("        .  ", 0, 0, 0)
            .entry("\0          ", 0, 0, 0)
            .entry("BEHIND     ", 0, 0, 0);
    assertEquals(
        List.of(
            "PLAIN.TXT",
            "lower.txt",
            "base.TXT",
            "EXT.txt",
            // 0xE5 and 0x81 of code page 437.
            "σü.E",
            "A\uFFFDB",
            "\uFFFD",
            "\uFFFD"),
        MadeFat.names(made.root()));
    assertEquals("Õü.E", MadeFat.names(made.tree(Map.of("codepage", "IBM850")).root()).get(4));
    assertEquals("A LABEL", made.tree(Map.of()).label());
    assertThrows(
        IllegalArgumentException.class, () -> made.tree(Map.of("codepage", "no such thing")));
  }

  @Test
  void joinsLongNames() throws IOException {
    String short1 = "LONGNA~1   ";
    MadeFat made =
        new MadeFat()
            .part(0x42, "rteen", short1)
            .part(1, "long name thi", short1)
            .entry(short1, 0, 0, 0)
            // Exactly 13 characters have nothing that ends them.
            .part(0x41, "thirteen char", "THIRTE~1   ")
            .entry("THIRTE~1   ", 0, 0, 0)
            .part(0x41, "of another", "OTHER      ")
            .entry("WRONGSUM   ", 0, 0, 0)
            .part(0x43, "c", "NOTWHOLE   ")
            .part(1, "a", "NOTWHOLE   ")
            .entry("NOTWHOLE   ", 0, 0, 0)
            .part(2, "b", "NOFIRST    ")
            .part(1, "a", "NOFIRST    ")
            .entry("NOFIRST    ", 0, 0, 0)
            .part(0x42, "b", "NOTALL     ")
            .entry("NOTALL     ", 0, 0, 0)
            .part(0x41, "begun again", "AGAIN      ")
            .part(0x41, "and again", "AGAIN      ")
            .entry("AGAIN      ", 0, 0, 0)
            .part(0x41, "deleted", "AFTER      ")
            .entry("\u00E5ONE       ", 0, 0, 0)
            .entry("AFTER      ", 0, 0, 0)
            .part(0x41, "..", "DOTS       ")
            .entry("DOTS       ", 0, 0, 0)
            .part(0x41, "../x", "UP         ")
            .entry("UP         ", 0, 0, 0)
            .part(0x41, "\uD800lone", "LONE       ")
            .entry("LONE       ", 0, 0, 0);
    assertEquals(
        List.of(
            "long name thirteen",
            "thirteen char",
            "WRONGSUM",
            "NOTWHOLE",
            "NOFIRST",
            "NOTALL",
            "and again",
            "AFTER",
            "\uFFFD",
            "..\uFFFDx",
            "\uFFFDlone"),
        MadeFat.names(made.root()));
  }

  @Test
  void joinsTheLongestNames() throws IOException {
    MadeFat made = new MadeFat().part(0x40 | 20, "end", "LONGES~1   ");
    for (int number = 19; number > 0; number--) {
      made.part(number, "part %8d".formatted(number), "LONGES~1   ");
    }
    made.entry("LONGES~1   ", 0, 0, 0).part(0x40 | 21, "none is as long", "NONE       ");
    for (int number = 20; number > 0; number--) {
      made.part(number, "thirteen char", "NONE       ");
    }
    made.entry("NONE       ", 0, 0, 0);
    List<String> names = MadeFat.names(made.root());
    assertEquals(19 * 13 + 3, names.getFirst().length());
    assertTrue(names.getFirst().startsWith("part        1part        2"));
    assertTrue(names.getFirst().endsWith("part       19end"));
    assertEquals(List.of("NONE"), names.subList(1, names.size()));
  }

  @Test
  void findsWhateverTheCase() throws IOException {
    MadeFat made =
        new MadeFat()
            .part(0x41, "Straße.txt", "STRAE~1 TXT")
            .entry("STRAE~1 TXT", 0, 0, 0)
            .entry("SAME       ", 0, 2, 1)
            .entry("SAME       ", 0, 3, 2)
            .with(0xC, 8);
    FileNode root = made.root();
    for (String name : List.of("Straße.txt", "STRAßE.TXT", "strae~1.txt", "STRAE~1.TXT")) {
      assertTrue(root.find(name).isPresent(), name);
    }
    assertFalse(root.find("STRAE~1").isPresent());
    assertEquals(1, made.file("SAME").attributes().size());
    assertEquals(2, made.file("same").attributes().size());
    assertEquals(1, made.file("Same").attributes().size());
  }

  @Test
  void readsTimes() throws IOException {
    MadeFat made = new MadeFat().entry("A          ", 0, 0, 0);
    int at = MadeFat.ROOT;
    made.bytes[at + 0xD] = (byte) 199;
    made.buffer.putShort(at + 0xE, time(23, 59, 29));
    made.buffer.putShort(at + 0x10, date(127, 12, 31));
    made.buffer.putShort(at + 0x12, date(0, 1, 1));
    made.buffer.putShort(at + 0x16, time(12, 34, 28));
    made.buffer.putShort(at + 0x18, date(44, 2, 29));
    NodeAttributes is = made.file("A").attributes();
    assertEquals(time("2024-02-29T12:34:56Z"), is.modified());
    assertEquals(time("1980-01-01T00:00:00Z"), is.accessed());
    assertEquals(time("2107-12-31T23:59:59.990Z"), is.created());
    // There is no such day.
    made.buffer.putShort(at + 0x18, date(43, 2, 29));
    made.buffer.putShort(at + 0xE, time(24, 0, 0));
    made.buffer.putShort(at + 0x12, (short) 0);
    NodeAttributes wrong = made.file("A").attributes();
    assertEquals(Optional.empty(), wrong.modified());
    assertEquals(Optional.empty(), wrong.accessed());
    assertEquals(Optional.empty(), wrong.created());
  }

  private static short date(int years, int month, int day) {
    return (short) ((years << 9) | (month << 5) | day);
  }

  private static short time(int hours, int minutes, int halfSeconds) {
    return (short) ((hours << 11) | (minutes << 5) | halfSeconds);
  }

  private static Optional<FileTime> time(String text) {
    return Optional.of(FileTime.from(Instant.parse(text)));
  }

  @Test
  void readsContentInPieces() throws IOException {
    MadeFat made =
        new MadeFat()
            .entry("A          ", 0, 2, 3 * 512 + 100)
            .next(2, 3)
            .next(3, 7)
            .next(7, 6)
            // It has one more than its size needs, which does not count.
            .next(6, 0xFF7);
    byte[] expected = new byte[3 * 512 + 100];
    int[] clusters = {2, 3, 7, 6};
    for (int i = 0; i < clusters.length; i++) {
      int length = Math.min(512, expected.length - i * 512);
      Arrays.fill(expected, i * 512, i * 512 + length, (byte) (i + 1));
      System.arraycopy(expected, i * 512, made.bytes, MadeFat.position(clusters[i]), length);
    }
    FileNode file = made.file("A");
    try (BlockDevice content = file.content()) {
      byte[] all = new byte[expected.length];
      content.read(0, all);
      assertArrayEquals(expected, all);
      byte[] some = new byte[700];
      content.read(900, some);
      assertArrayEquals(Arrays.copyOfRange(expected, 900, 1600), some);
    }
    assertEquals(
        List.of(
            new ByteRange(MadeFat.position(2), 1024),
            new ByteRange(MadeFat.position(7), 512),
            new ByteRange(MadeFat.position(6), 100)),
        file.ranges());
    assertThrows(UnsupportedOperationException.class, file::list);
    assertThrows(UnsupportedOperationException.class, made.root()::content);
  }

  @ParameterizedTest
  @CsvSource({
    "4095, 4, says 1536 bytes, and there are 2 clusters of 512",
    "4088, 4, says 1536 bytes, and there are 2 clusters of 512",
    "4087, 4, cluster 4 is bad",
    "0, 4, cluster 4 says that 0 comes next",
    "1, 4, cluster 4 says that 1 comes next",
    "3000, 4, cluster 4 says that 3000 comes next",
    "3, 4, has cluster 3 twice",
    "4, 4, that begins with cluster 3 comes back to cluster 4",
  })
  void refusesChains(int entry, int cluster, String expected) throws IOException {
    MadeFat made =
        new MadeFat().entry("A          ", 0, 3, 3 * 512).next(3, 4).next(cluster, entry);
    assertTrue(problem(() -> made.file("A").content()).contains(expected));
    assertTrue(problem(() -> made.file("A").ranges()).contains(expected));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2849, 0xFFF})
  void refusesFirstClusters(int cluster) throws IOException {
    MadeFat made = new MadeFat().entry("A          ", 0, cluster, 1);
    assertTrue(problem(() -> made.file("A").content()).contains("begins with cluster " + cluster));
  }

  @Test
  void refusesClustersThatAreTwiceInLongRuns() throws IOException {
    // 2 to 9, and again from 5 on.
    MadeFat made = new MadeFat().entry("A          ", 0, 2, 10 * 512);
    for (int cluster = 2; cluster < 9; cluster++) {
      made.next(cluster, cluster + 1);
    }
    made.next(9, 5);
    assertTrue(problem(() -> made.file("A").content()).contains("has cluster 5 twice"));
    made.buffer.putInt(MadeFat.ROOT + 0x1C, 8 * 512);
    // So far it is whole.
    assertEquals(1, made.file("A").ranges().size());
  }

  @Test
  void findsLongCircles() throws IOException {
    MadeFat made = new MadeFat().entry("A          ", 0, 2, Integer.MIN_VALUE);
    for (int cluster = 2; cluster < 2800; cluster++) {
      made.next(cluster, cluster + 1);
    }
    made.next(2800, 1000);
    assertTrue(problem(() -> made.file("A").content()).contains("comes back to cluster"));
  }

  @Test
  void refusesCirclesOfDirectories() throws IOException {
    MadeFat made =
        new MadeFat()
            .entry("A          ", DIRECTORY, 2, 0)
            .next(2, LAST)
            .next(3, LAST)
            .in(2)
            .dots(2, 0)
            .entry("B          ", DIRECTORY, 3, 0)
            .in(3)
            .dots(3, 2)
            .entry("C          ", DIRECTORY, 2, 0);
    FileNode again = made.file("A", "B", "C");
    assertTrue(problem(() -> MadeFat.names(again)).contains("of cluster 0 by its own account"));
    // The root has no cluster of its own here.
    made.buffer.putShort(MadeFat.position(3) + 64 + 0x1A, (short) 0);
    assertTrue(problem(() -> made.file("A", "B", "C")).contains("leads back to the root"));
  }

  @Test
  void refusesDirectoriesWithoutDotsInTwoPlaces() throws IOException {
    MadeFat made =
        new MadeFat()
            .entry("A          ", DIRECTORY, 2, 0)
            .next(2, LAST)
            .next(3, LAST)
            .in(2)
            .entry("B          ", DIRECTORY, 3, 0)
            .in(3)
            .entry("C          ", DIRECTORY, 2, 0);
    assertEquals(List.of("B"), MadeFat.names(made.file("A")));
    FileNode root = made.root();
    FileNode a = root.find("A").orElseThrow();
    FileNode b = a.find("B").orElseThrow();
    FileNode again = b.find("C").orElseThrow();
    assertTrue(problem(() -> MadeFat.names(again)).contains("does not say which directory"));
  }

  @Test
  void refusesTwoEntriesForADirectory() throws IOException {
    MadeFat made =
        new MadeFat().entry("A          ", DIRECTORY, 2, 0).entry("B          ", DIRECTORY, 2, 0);
    assertTrue(problem(() -> MadeFat.names(made.root())).contains("two entries"));
  }

  @Test
  void refusesEndlessDirectories() throws IOException {
    MadeFat made = new MadeFat().entry("A          ", DIRECTORY, 2, 0).next(2, 3).next(3, 2).in(2);
    made.dots(2, 0);
    for (int i = 2; i < 32; i++) {
      made.entry("FILE%3d    ".formatted(i), 0, 0, 0);
    }
    assertTrue(problem(() -> MadeFat.names(made.file("A"))).contains("comes back to cluster"));
  }

  @Test
  void namesWhatIsNotOnTheDevice() throws IOException {
    MadeFat made = new MadeFat().entry("A          ", 0, 2, 600).next(2, 3).next(3, LAST);
    byte[] cut = Arrays.copyOf(made.bytes, MadeFat.position(3) + 87);
    FileNode file = new Fat().open(new MemoryDevice(cut), Map.of()).root().find("A").orElseThrow();
    assertTrue(problem(file::content).contains("beyond the end of the device"));
  }
}
