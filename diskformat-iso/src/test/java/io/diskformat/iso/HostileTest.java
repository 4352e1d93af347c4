package io.diskformat.iso;

import static io.diskformat.iso.HandmadeIso.ROOT;
import static io.diskformat.iso.HandmadeIso.SECTOR;
import static io.diskformat.iso.HandmadeIso.both;
import static io.diskformat.iso.HandmadeIso.entry;
import static io.diskformat.iso.HandmadeIso.goesOn;
import static io.diskformat.iso.HandmadeIso.name;
import static io.diskformat.iso.HandmadeIso.posix;
import static io.diskformat.iso.HandmadeIso.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a disc says, there is an answer or a {@link DiskFormatException}, and soon. */
final class HostileTest {

  private static void assertRefused(String why, HandmadeIso disc) {
    DiskFormatException e = assertThrows(DiskFormatException.class, () -> TreeWalk.of(disc.tree()));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  @Test
  void aDirectoryInsideOfItself() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("SUB", 21, SECTOR, 2)).directory(21, record("SUB", 21, SECTOR, 2));
    assertRefused("belongs to the records at both", disc);
  }

  @Test
  void theRootInsideOfItself() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("SUB", ROOT, SECTOR, 2));
    assertRefused("belongs to the records at both", disc);
  }

  @Test
  void twoDirectoriesInsideOfEachOther() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("A", 21, SECTOR, 2))
        .directory(21, record("B", 22, SECTOR, 2))
        .directory(22, record("A", 21, SECTOR, 2));
    assertRefused("belongs to the records at both", disc);
  }

  /** 8 to the power of 12 paths, in 13 sectors. */
  @Test
  void moreThanAnybodyCanWalk() {
    HandmadeIso disc = new HandmadeIso(40);
    for (int level = 0; level < 12; level++) {
      for (int i = 0; i < 8; i++) {
        disc.directory(ROOT + level, record("D" + i, ROOT + level + 1, SECTOR, 2));
      }
    }
    disc.directory(ROOT + 12);
    assertRefused("belongs to the records at both", disc);
  }

  @Test
  void directoriesDeeperThanPathsGet() {
    HandmadeIso disc = new HandmadeIso(600);
    for (int level = 0; level < 560; level++) {
      disc.directory(ROOT + level, record("D", ROOT + level + 1, SECTOR, 2));
    }
    disc.directory(ROOT + 560);
    assertRefused("is more than 512 levels deep", disc);
  }

  @Test
  void aRelocatedDirectoryThatIsTheOneAbove() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("SUB", 21, SECTOR, 2, name("sub")))
        .directory(21, record("UP", 25, 0, 0, name("up"), entry("CL", both(ROOT))));
    assertRefused("belongs to the records at both", disc);
  }

  @Test
  void aRelocatedDirectoryThatIsNone() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("UP", 25, 0, 0, name("up"), entry("CL", both(25))))
        .content(25, "\60 nothing of the kind");
    assertRefused("directory", disc);
  }

  @Test
  void systemUseThatGoesRound() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("A", 0, 0, 0, goesOn(25, 0, 28)));
    disc.at(25, 0).put(goesOn(25, 0, 28));
    assertRefused("more than 32 areas", disc);
  }

  @Test
  void systemUseThatNeverEnds() {
    HandmadeIso disc = new HandmadeIso(60);
    disc.directory(ROOT, record("A", 0, 0, 0, goesOn(25, 0, 0x7fffffff)));
    assertRefused("more than 65536 bytes", disc);
  }

  @Test
  void systemUseBeyondTheEnd() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("A", 0, 0, 0, goesOn(30, 0, 28)));
    assertRefused("beyond the end of the device", disc);
    disc = new HandmadeIso(30);
    disc.directory(ROOT, record("A", 0, 0, 0, goesOn(-1, -1, 28)));
    assertRefused("beyond the end of the device", disc);
  }

  @Test
  void aNameThatNeverEnds() {
    HandmadeIso disc = new HandmadeIso(30);
    byte[] piece = entry("NM", new byte[] {1}, "x".repeat(200).getBytes());
    disc.directory(ROOT, record("A", 0, 0, 0, goesOn(25, 0, 10 * piece.length)));
    for (int i = 0; i < 10; i++) {
      disc.at(25, i * piece.length).put(piece);
    }
    assertRefused("longer than 1024 bytes", disc);
  }

  @Test
  void contentBeyondTheEnd() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("A", 29, SECTOR + 1, 0));
    assertRefused("ends 1 bytes beyond the end of the device", disc);
    disc = new HandmadeIso(30);
    disc.directory(ROOT, record("A", -1, -1, 0));
    assertRefused("beyond the end of the device", disc);
  }

  @Test
  void aDirectoryLargerThanTheDisc() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("A", 21, -1, 2));
    assertRefused("beyond the end of the device", disc);
  }

  @Test
  void aLastSectionThatIsMissing() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("A", 25, SECTOR, 128), record("B", 26, SECTOR, 0));
    assertRefused("the last section of its file is missing", disc);
    disc = new HandmadeIso(30);
    disc.directory(ROOT, record("A", 25, SECTOR, 128));
    assertRefused("the last section of its file is missing", disc);
  }

  @Test
  void aSectionThatIsNoWholeBlocks() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT, record("A", 25, SECTOR - 1, 128), record("A", 26, SECTOR, 0));
    assertRefused("another section follows one of 2047 bytes", disc);
  }

  @Test
  void recordsOfNoLength() {
    for (int length : new int[] {1, 33, 255}) {
      HandmadeIso disc = new HandmadeIso(30);
      disc.directory(ROOT, record("A", 25, 0, 0));
      byte[] all = disc.bytes();
      int at = 20 * SECTOR;
      at += all[at] + all[at + all[at]];
      all[at] = (byte) length;
      if (length == 255) {
        all[at + 32] = (byte) 0xff;
      }
      assertRefused("directory record", disc);
    }
  }

  @Test
  void namesThatLeadElsewhere() throws IOException {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(
        ROOT,
        record("A", 0, 0, 0, name("..")),
        record("B", 0, 0, 0, name(".")),
        record("C", 0, 0, 0, name("/etc/passwd")),
        record("D", 0, 0, 0, name("a\0b")),
        record("E", 0, 0, 0, name("")));
    assertEquals(
        List.of("/\ufffd\ufffd", "/\ufffd", "/\ufffdetc\ufffdpasswd", "/a\ufffdb", "/E"),
        TreeWalk.of(disc.tree()));
  }

  /** The one with its lowest byte first counts. */
  @Test
  void numbersThatDisagree() throws IOException {
    HandmadeIso disc = new HandmadeIso(30);
    byte[] file = record("A", 25, 5, 0);
    file[6] = 99;
    file[14] = 99;
    disc.directory(ROOT, file);
    assertEquals(List.of("/A"), TreeWalk.of(disc.tree()));
    assertEquals(5, disc.tree().root().find("A").orElseThrow().ranges().getFirst().length());
  }

  @Test
  void aBlockSizeThatIsNone() {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(ROOT).put(16, 128, 1, 2);
    assertThrows(DiskFormatException.class, disc::device);
  }

  /** Each byte of each structure, at values that are limits of something. */
  @Test
  void anyByteOfAnyStructure() throws IOException {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(
            ROOT,
            record("SUB", 21, SECTOR, 2, name("sub"), posix(040755)),
            record("MOVED", 27, 0, 0, name("moved"), entry("CL", both(22))),
            record("BIG", 25, SECTOR, 128),
            record("BIG", 26, 7, 0),
            record("LONG", 25, 10, 0, posix(0100644), goesOn(24, 0, 40)),
            record(
                "LINK",
                0,
                0,
                0,
                posix(0120777),
                entry("TF", new byte[] {7}, new byte[21]),
                entry("SL", new byte[] {0, 8, 0, 0, 1, 'a', 1, 1, 'b', 0, 1, 'c', 4, 0})))
        .directory(21, record("FILE.TXT;1", 25, 100, 0))
        .directory(22, record("X", 25, 1, 4), record("Y", 25, 1, 0));
    disc.at(24, 0).put(name("a name that goes on elsewhere, yes!"));
    assertEquals(
        List.of(
            "/sub",
            "/sub/FILE.TXT",
            "/moved",
            "/moved/Y",
            "/BIG",
            "/a name that goes on elsewhere, yes!",
            "/LINK -> /a/bc/.."),
        TreeWalk.of(disc.tree()));
    byte[] bytes = disc.bytes();
    int runs = 0;
    for (int sector : new int[] {16, 17, ROOT, 21, 22, 24}) {
      runs += mutate(bytes, sector * SECTOR, sector * SECTOR + 700, Map.of());
    }
    assertTrue(runs > 30_000);
  }

  /** All that is ahead of the content of files, as xorriso lays it out. */
  @Test
  void anyByteOfADiscOfXorriso(@TempDir Path directory) throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Path sub = Files.createDirectory(tree.resolve("a directory"));
    Files.writeString(sub.resolve("n".repeat(250)), "content");
    Files.createSymbolicLink(tree.resolve("link"), Path.of("/a/../b"));
    Path image = directory.resolve("made.iso");
    Oracle.of("xorriso")
        .run("-as", "mkisofs", "-quiet", "-R", "-J", "-iso-level", "3", "-o", image, tree)
        .orFail();
    byte[] bytes = Files.readAllBytes(image);
    int runs = 0;
    for (String kind : List.of("rockridge", "joliet", "plain")) {
      for (int at = 16 * SECTOR; at < 48 * SECTOR; at++) {
        if (bytes[at] != 0 || bytes[at - 1] != 0) {
          runs += mutate(bytes, at, at + 1, Map.of("tree", kind));
        }
      }
    }
    assertTrue(runs > 30_000, runs + " runs");
  }

  /** Returns how often a byte was something else. */
  private static int mutate(byte[] bytes, int from, int to, Map<String, String> choices)
      throws IOException {
    MemoryStorage storage = MemoryStorage.of("mutated", bytes);
    int runs = 0;
    for (int at = from; at < to; at++) {
      byte was = bytes[at];
      for (int value : new int[] {0, 1, 2, 0x7f, 0x80, 0xff, was + 1, was - 1, was ^ 0x80}) {
        set(storage, at, value);
        walkOrRefuse(storage, choices, at, value);
        runs++;
      }
      set(storage, at, was);
    }
    return runs;
  }

  private static void set(MemoryStorage storage, int at, int value) throws IOException {
    storage.write(at, MemorySegment.ofArray(new byte[] {(byte) value}));
  }

  @Test
  void cutShortAnywhere() throws IOException {
    HandmadeIso disc = new HandmadeIso(30);
    disc.directory(
            ROOT,
            record("SUB", 21, SECTOR, 2, name("sub")),
            record("LONG", 25, 10, 0, goesOn(24, 0, 40)))
        .directory(21, record("FILE.TXT;1", 25, 100, 0));
    for (int size = 0; size < disc.bytes().length; size += 97) {
      MemoryStorage storage = MemoryStorage.of("cut", Arrays.copyOf(disc.bytes(), size));
      walkOrRefuse(storage, Map.of(), size, 0);
    }
  }

  /** Leaves the storage open, for the next time. */
  private static void walkOrRefuse(
      MemoryStorage storage, Map<String, String> choices, int at, int value) throws IOException {
    try {
      IsoImage disc = IsoImage.open(storage);
      disc.info();
      TreeWalk.of(FileTrees.open(disc, choices));
    } catch (DiskFormatException e) {
      // As good as an answer.
    } catch (RuntimeException e) {
      throw new AssertionError(at + " set to " + value, e);
    }
  }
}
