package io.diskformat.inside.lvm;

import static io.diskformat.inside.lvm.MadeVolumes.segment;
import static io.diskformat.inside.lvm.MadeVolumes.volume;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImages;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logical volumes over made physical ones, against a model of what is where. */
class LogicalVolumesTest {
  private static final String VISIBLE = "\"READ\", \"WRITE\", \"VISIBLE\"";
  private static final String HIDDEN = "\"READ\", \"WRITE\"";
  private static final int EXTENTS = 40;
  private static final int EXTENT = MadeVolumes.EXTENT * MadeVolumes.SECTOR;
  private static final int FIRST = MadeVolumes.START * MadeVolumes.SECTOR;

  @TempDir Path directory;
  private final List<byte[]> contents = new ArrayList<>();
  private final Map<String, BlockDevice> devices = new LinkedHashMap<>();

  @AfterEach
  void close() throws IOException {
    for (BlockDevice device : devices.values()) {
      device.close();
    }
  }

  private LogicalVolumes find(String volumes, int... present) throws IOException {
    String text = MadeVolumes.group(1, EXTENTS, 3, volumes);
    for (int number : present) {
      add(number, text, number == 1);
    }
    return LogicalVolumes.on(devices);
  }

  private Path make(int number, String text, boolean wrap) throws IOException {
    byte[] content = new byte[FIRST + EXTENTS * EXTENT];
    new Random(number).nextBytes(content);
    Arrays.fill(content, 0, FIRST, (byte) 0);
    MadeVolumes.label(content, MadeVolumes.id(number), text, wrap);
    contents.add(content);
    return Files.write(directory.resolve("disk" + devices.size()), content);
  }

  private LogicalVolumes find(Map<Integer, String> texts) throws IOException {
    for (Map.Entry<Integer, String> text : texts.entrySet()) {
      add(text.getKey(), text.getValue(), false);
    }
    return LogicalVolumes.on(devices);
  }

  private void add(int number, String text, boolean wrap) throws IOException {
    Path file = make(number, text, wrap);
    devices.put("/dev/sd" + (char) ('a' + devices.size()), DiskImages.open(file));
  }

  private byte[] stored(int physical, int extent, int offset, int length) {
    int from = FIRST + extent * EXTENT + offset;
    return Arrays.copyOfRange(contents.get(physical), from, from + length);
  }

  private static byte[] read(LogicalVolume volume) throws IOException {
    byte[] bytes = new byte[(int) volume.device().size()];
    volume.device().read(0, bytes);
    return bytes;
  }

  @Test
  void readsEachKindOfSegment() throws IOException {
    String striped =
        "stripe_count = 3\nstripe_size = 8\nstripes = [\"pv0\", 10, \"pv1\", 20,\n\"pv2\", 5]";
    LogicalVolumes found =
        find(
            volume(
                    "linear",
                    VISIBLE,
                    segment(0, 3, "striped", "stripe_count = 1\nstripes = [\"pv1\", 7]"),
                    segment(3, 2, "zero", ""),
                    segment(5, 1, "striped", "stripe_count = 1\nstripes = [\"pv0\", 0]"))
                + volume("striped", VISIBLE, segment(0, 9, "striped", striped))
                + volume("bad", VISIBLE, segment(0, 1, "error", ""))
                + volume(
                    "raid",
                    VISIBLE,
                    segment(
                        0,
                        4,
                        "raid0",
                        "stripe_count = 2\nstripe_size = 16\nraid0_lvs = [\"i0\", \"i1\"]"))
                + volume(
                    "i0",
                    HIDDEN,
                    segment(0, 2, "striped", "stripe_count = 1\nstripes = [\"pv2\", 30]"))
                + volume(
                    "i1",
                    HIDDEN,
                    segment(0, 2, "striped", "stripe_count = 1\nstripes = [\"pv0\", 38]")),
            0,
            1,
            2);
    assertEquals(List.of(), found.problems());
    assertEquals(
        List.of("bad", "linear", "raid", "striped"),
        found.volumes().stream().map(LogicalVolume::name).toList());
    byte[] linear = read(found.volumes().get(1));
    assertEquals(6 * EXTENT, linear.length);
    assertArrayEquals(stored(1, 7, 0, 3 * EXTENT), Arrays.copyOf(linear, 3 * EXTENT));
    assertArrayEquals(new byte[2 * EXTENT], Arrays.copyOfRange(linear, 3 * EXTENT, 5 * EXTENT));
    assertArrayEquals(stored(0, 0, 0, EXTENT), Arrays.copyOfRange(linear, 5 * EXTENT, 6 * EXTENT));
    assertStriped(read(found.volumes().get(3)), 8, new int[][] {{0, 10}, {1, 20}, {2, 5}});
    assertStriped(read(found.volumes().get(2)), 16, new int[][] {{2, 30}, {0, 38}});
    assertThrows(DiskFormatException.class, () -> read(found.volumes().getFirst()));
  }

  private void assertStriped(byte[] volume, int sectors, int[][] legs) {
    int stripe = sectors * MadeVolumes.SECTOR;
    for (int at = 0; at < volume.length; at += stripe) {
      int[] leg = legs[at / stripe % legs.length];
      int within = at / stripe / legs.length * stripe;
      assertArrayEquals(
          stored(leg[0], leg[1], within, stripe), Arrays.copyOfRange(volume, at, at + stripe));
    }
  }

  @Test
  void pvckReadsWhatWeMake() throws IOException {
    String text = MadeVolumes.group(1, EXTENTS, 1, volume("z", VISIBLE, segment(0, 1, "zero", "")));
    for (boolean wrap : new boolean[] {false, true}) {
      Path file = make(0, text, wrap);
      String dumped = Oracle.of("pvck").run("--dump", "metadata", file).orFail().output();
      assertTrue(dumped.contains(text.strip()), dumped);
    }
  }

  /** As a check of what the text means, whose volumes are not there. */
  @Test
  void vgcfgrestoreTakesWhatWeMake() throws IOException {
    String striped =
        "stripe_count = 3\nstripe_size = 8\nstripes = [\"pv0\", 10, \"pv1\", 20,\n\"pv2\", 5]";
    String good = volume("striped", VISIBLE, segment(0, 9, "striped", striped));
    String bad = good.replace("extent_count = 9", "extent_count = 8");
    Oracle _ = Oracle.of("vgcfgrestore");
    for (String volumes : List.of(good, bad)) {
      String text = MadeVolumes.group(1, EXTENTS, 3, volumes);
      Path file = Files.writeString(directory.resolve("text"), text);
      Path empty = Files.createDirectories(directory.resolve("empty"));
      Oracle.Result result =
          Oracle.of("env")
              .run(
                  "LVM_SYSTEM_DIR=" + empty,
                  "LVM_SUPPRESS_FD_WARNINGS=1",
                  "vgcfgrestore",
                  "--config",
                  "global{locking_dir=\"" + empty.resolve("locks") + "\"}",
                  "--test",
                  "--driverloaded",
                  "n",
                  "--file",
                  file.toAbsolutePath(),
                  "vg");
      boolean accepted = (result.output() + result.error()).contains("find device with uuid");
      assertEquals(volumes.equals(good), accepted, result::toString);
      try {
        var _ = GroupDescription.of(ConfigText.read(text));
        assertTrue(accepted);
      } catch (IllegalArgumentException e) {
        assertFalse(accepted);
      }
    }
  }

  /** Of each area in which pvck finds something wrong, too, it is said what. */
  @Test
  void refusesAreasThatMakeNoSense() throws IOException {
    String text = MadeVolumes.group(1, EXTENTS, 1, volume("z", VISIBLE, segment(0, 1, "zero", "")));
    int at = MadeVolumes.METADATA_AT;
    long area = FIRST - at;
    long[][] fields = {
      {0x18, at + 512},
      {0x20, 100},
      {0x20, 1L << 40},
      {0x28, 256},
      {0x28, area},
      {0x28, area + 512},
      {0x28, -512},
      {0x30, 0},
      {0x30, area},
      {0x30, -1},
      {0x30, 1L << 40},
      {0x38, 1}
    };
    for (long[] field : fields) {
      byte[] content = new byte[FIRST + EXTENTS * EXTENT];
      MadeVolumes.label(content, MadeVolumes.id(0), text, false);
      ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putLong(at + (int) field[0], field[1]);
      bytes.putInt(at, MadeVolumes.checksum(content, at + 4, MadeVolumes.SECTOR - 4));
      Path file = Files.write(directory.resolve("area"), content);
      Oracle.Result theirs = Oracle.of("pvck").run("--dump", "metadata", file);
      String what = Arrays.toString(field) + theirs;
      // What begins behind the end, pvck takes for what begins anew.
      boolean behind = field[0] == 0x28 && field[1] >= area;
      assertTrue(behind || theirs.exitCode() != 0, what);
      try (BlockDevice device = DiskImages.open(file)) {
        LogicalVolumes found = LogicalVolumes.on(Map.of("/dev/sda", device));
        assertEquals(List.of(), found.volumes(), what);
        assertEquals(1, found.problems().size(), what);
      }
    }
  }

  @Test
  void refusesOthersByName() throws IOException {
    List<String> types =
        List.of("thin", "thin-pool", "cache", "raid1", "raid5_ls", "mirror", "vdo", "snapshot");
    String volumes =
        types.stream()
            .map(type -> volume("of_" + type, VISIBLE, segment(0, 1, type, "")))
            .collect(Collectors.joining());
    LogicalVolumes found = find(volumes, 0, 1, 2);
    assertEquals(types.size(), found.volumes().size());
    for (LogicalVolume each : found.volumes()) {
      String type = each.name().substring(3);
      String name = "vg/" + each.name();
      UnsupportedFeatureException refused =
          assertThrows(UnsupportedFeatureException.class, () -> read(each));
      assertEquals("LVM segment type " + type + " in " + name, refused.feature());
      assertTrue(each.problem().contains(type), each.problem());
    }
  }

  @Test
  void refusesSnapshotsButNotTheirOrigins() throws IOException {
    String on = "stripe_count = 1\nstripes = [\"pv0\", %d]";
    String text =
        volume("origin", VISIBLE, segment(0, 1, "striped", on.formatted(0)))
            + volume("changes", VISIBLE, segment(0, 1, "striped", on.formatted(1)))
            + volume(
                "snapshot0",
                HIDDEN,
                segment(
                    0,
                    1,
                    "snapshot",
                    "chunk_size = 8\norigin = \"origin\"\ncow_store = \"changes\""))
            + volume(
                "moved",
                "\"READ\", \"VISIBLE\", \"PVMOVE\"",
                segment(0, 1, "striped", on.formatted(2)));
    LogicalVolumes found = find(text, 0);
    Map<String, String> problems =
        found.volumes().stream()
            .collect(Collectors.toMap(LogicalVolume::name, LogicalVolume::problem));
    assertEquals("", problems.get("origin"));
    assertEquals("not supported: LVM snapshots", problems.get("changes"));
    assertEquals("not supported: LVM volumes that are PVMOVE", problems.get("moved"));
  }

  @Test
  void saysWhatIsMissingOrThereTwice() throws IOException {
    String text =
        volume(
                "here",
                VISIBLE,
                segment(0, 1, "striped", "stripe_count = 1\nstripes = [\"pv0\", 0]"))
            + volume(
                "there",
                VISIBLE,
                segment(0, 1, "striped", "stripe_count = 1\nstripes = [\"pv1\", 0]"));
    LogicalVolumes found = find(text, 0);
    assertArrayEquals(stored(0, 0, 0, EXTENT), read(found.volumes().getFirst()));
    assertTrue(
        found.volumes().getLast().problem().startsWith("the physical volume pv1 is missing"));
    assertThrows(DiskFormatException.class, () -> read(found.volumes().getLast()));
    LogicalVolumes twice = find(text, 0, 1);
    assertTrue(
        twice.volumes().getFirst().problem().startsWith("the physical volume pv0 is there twice"));
    assertEquals("", twice.volumes().getLast().problem());
  }

  @Test
  void believesTheNewestDescription() throws IOException {
    String old = volume("old", VISIBLE, segment(0, 1, "zero", ""));
    String fresh = volume("fresh", VISIBLE, segment(0, 1, "zero", ""));
    Map<Integer, String> texts = new LinkedHashMap<>();
    texts.put(0, MadeVolumes.group(3, EXTENTS, 3, old));
    texts.put(1, MadeVolumes.group(4, EXTENTS, 3, fresh));
    texts.put(2, MadeVolumes.group(4, EXTENTS, 3, old));
    LogicalVolumes found = find(texts);
    assertEquals(List.of("fresh"), found.volumes().stream().map(LogicalVolume::name).toList());
    assertEquals(
        List.of("/dev/sdc: the metadata of LVM differs from that of another physical volume"),
        found.problems());
  }

  @Test
  void keepsGroupsOfOneNameApart() throws IOException {
    String volumes = volume("z", VISIBLE, segment(0, 1, "zero", ""));
    String one = MadeVolumes.group(1, EXTENTS, 1, volumes);
    LogicalVolumes found = find(Map.of(0, one, 1, one.replace("Vg0123", "Vg4567")));
    assertEquals(
        List.of("Vg0123-4567-89ab-cdef-GHIJ-KLMN-OPQRST", "Vg4567-4567-89ab-cdef-GHIJ-KLMN-OPQRST"),
        found.volumes().stream().map(LogicalVolume::group).toList());
  }

  @Test
  void refusesDescriptionsThatMakeNoSense() {
    String on = "stripe_count = 1\nstripes = [\"pv0\", %d]";
    String good = volume("a", VISIBLE, segment(0, 2, "striped", on.formatted(0)));
    List<String> bad =
        List.of(
            good + volume("b", VISIBLE, segment(0, 2, "striped", on.formatted(1))),
            volume("b", VISIBLE, segment(0, 2, "striped", on.formatted(EXTENTS - 1))),
            volume("b", VISIBLE, segment(1, 2, "striped", on.formatted(1))),
            volume("b", VISIBLE, segment(0, 0, "striped", on.formatted(1))),
            volume(
                "b", VISIBLE, segment(0, 2, "striped", "stripe_count = 2\nstripes = [\"pv0\", 1]")),
            volume(
                "b", VISIBLE, segment(0, 2, "striped", "stripe_count = 1\nstripes = [\"no\", 1]")),
            "a {",
            "x = [1, 2\n",
            "x = \"",
            "a {".repeat(9) + "}".repeat(9));
    for (String volumes : bad) {
      String text = MadeVolumes.group(1, EXTENTS, 1, volumes);
      assertThrows(
          IllegalArgumentException.class,
          () -> GroupDescription.of(ConfigText.read(text)),
          volumes);
    }
  }

  @Test
  void stripesThatDoNotFitAreRefused() throws IOException {
    String text =
        volume(
            "wide",
            VISIBLE,
            segment(
                0,
                2,
                "striped",
                "stripe_count = 2\nstripe_size = 32\nstripes = [\"pv0\", 0, \"pv1\", 0]"));
    LogicalVolume found = find(text, 0, 1, 2).volumes().getFirst();
    assertEquals("has stripes of 16384 bytes on parts of 8192 bytes", found.problem());
    assertThrows(DiskFormatException.class, () -> read(found));
  }

  @Test
  void saysWhoseAGroupIs() throws IOException {
    String text =
        MadeVolumes.group(1, EXTENTS, 1, volume("z", VISIBLE, segment(0, 1, "zero", "")))
            .replace("\"RESIZEABLE\"", "\"EXPORTED\"")
            .replace("seqno", "system_id = \"another\"\nlock_type = \"sanlock\"\nseqno");
    LogicalVolumes found = find(Map.of(0, text));
    assertTrue(found.volumes().getFirst().isShared());
    assertEquals(
        List.of(
            "the volume group vg is used by several systems at once",
            "the volume group vg is exported, which its system undoes before it uses it",
            "the volume group vg is that of the system another"),
        found.problems());
  }

  @Test
  void partsOfThemselvesAreRefused() throws IOException {
    String text =
        volume("loop", VISIBLE, segment(0, 2, "raid0", "stripe_count = 1\nraid0_lvs = [\"loop\"]"));
    assertEquals("is a part of itself", find(text, 0).volumes().getFirst().problem());
  }

  /** Each volume has the one before 16 times, so that the last has parts without number. */
  @Test
  void partsOfPartsAreCounted() throws IOException {
    StringBuilder text = new StringBuilder();
    String on = "stripe_count = 1\nstripes = [\"pv0\", 0]";
    text.append(volume("v0", "\"READ\"", segment(0, 16, "striped", on)));
    for (int i = 1; i < 8; i++) {
      String legs = ("\"v" + (i - 1) + "\", 0, ").repeat(16);
      String more =
          "stripe_count = 16\nstripe_size = 16\nstripes = [%s]"
              .formatted(legs.substring(0, legs.length() - 2));
      String status = i == 7 || i == 2 ? VISIBLE : "\"READ\"";
      text.append(volume("v" + i, status, segment(0, 16, "striped", more)));
    }
    List<LogicalVolume> volumes = find(text.toString(), 0).volumes();
    assertEquals("", volumes.getFirst().problem());
    assertArrayEquals(stored(0, 0, 0, 100), Arrays.copyOf(read(volumes.getFirst()), 100));
    assertEquals("has too many parts", volumes.get(1).problem());
  }

  @Test
  void anyMutationOfTheTextIsRefusedOrRead() {
    String on = "stripe_count = 1\nstripes = [\"pv0\", %d]";
    byte[] text =
        MadeVolumes.group(
                1,
                EXTENTS,
                2,
                volume("a", VISIBLE, segment(0, 2, "striped", on.formatted(0)))
                    + volume("b", VISIBLE, segment(0, 2, "zero", "")))
            .getBytes(StandardCharsets.ISO_8859_1);
    Random random = new Random(1);
    byte[] letters = "{}[]=\"\\#,0919 \n".getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < 20_000; i++) {
      byte[] mutated = text.clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        mutated[random.nextInt(mutated.length)] = letters[random.nextInt(letters.length)];
      }
      try {
        GroupDescription group =
            GroupDescription.of(ConfigText.read(new String(mutated, StandardCharsets.ISO_8859_1)));
        new Assembly(group, Map.of()).volumes("vg");
      } catch (IllegalArgumentException e) {
        // It says what is wrong.
      }
    }
  }
}
