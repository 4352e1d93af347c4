package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FailingWork;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Repairs of images of several files, of COWD extents, and of differences to a parent. */
final class RepairOfFilesTest {
  private static final int GRAIN = 8;
  private static final int GRAIN_BYTES = GRAIN * 512;
  private static final int ROUNDS = Integer.getInteger("diskformat.vmdk.repairs", 100);

  /** In sectors: of each extent. */
  private static final int LENGTH = 600;

  private static final int GRAINS = LENGTH / GRAIN;

  private static final Pattern ENTRY = Pattern.compile("x-(.).vmdk: grain table entry (.*)");

  @TempDir private Path directory;

  enum Kind {
    SPLIT(2, false),
    SPLIT_CHILD(2, true),
    CHILD_WITHOUT_ZEROED_GRAINS(1, true),
    COWD(1, false),
    COWD_SPLIT_CHILD(2, true);

    private final int extents;
    private final boolean child;

    Kind(int extents, boolean child) {
      this.extents = extents;
      this.child = child;
    }

    boolean isCowd() {
      return name().startsWith("COWD");
    }

    boolean isRedundant() {
      return name().startsWith("SPLIT");
    }

    private Grain[] grains() {
      return this == SPLIT_CHILD
          ? Grain.values()
          : new Grain[] {Grain.STORED, Grain.STORED, Grain.HOLE};
    }
  }

  private Path file() {
    return directory.resolve("x.vmdk");
  }

  private Path extent(int number) {
    return directory.resolve("x-" + number + ".vmdk");
  }

  /** Creates an image; returns what it shows. */
  private byte[] create(Kind kind) throws IOException {
    int size = kind.extents * LENGTH * 512;
    byte[] below = new byte[size];
    DescriptorFile descriptor = new DescriptorFile();
    if (kind.child) {
      new Random(7).nextBytes(below);
      var _ = new SparseFile(new Disk(below, 128)).described().build().write(at("parent.vmdk"));
      descriptor.over("parent.vmdk", "12345678");
    }
    byte[] shown = new byte[size];
    for (int i = 0; i < kind.extents; i++) {
      Disk disk = Disk.mixed(i + 1, LENGTH, GRAIN, kind.grains());
      int from = i * LENGTH * 512;
      byte[] part = disk.over(Arrays.copyOfRange(below, from, from + LENGTH * 512));
      System.arraycopy(part, 0, shown, from, part.length);
      if (kind.isCowd()) {
        var _ = EsxFiles.cowd(disk).write(extent(i));
      } else {
        SparseFile file = new SparseFile(disk);
        file.redundant = kind.isRedundant();
        file.zeroFlag = kind == Kind.SPLIT_CHILD;
        file.version = file.zeroFlag ? 2 : 1;
        file.tableEntries = 64;
        var _ = file.build().write(extent(i));
      }
      String type = kind.isCowd() ? "VMFSSPARSE" : "SPARSE";
      descriptor.extents.add(
          "RW " + LENGTH + " " + type + " \"" + extent(i).getFileName() + "\"");
    }
    var _ = descriptor.write(file());
    return shown;
  }

  private Path at(String name) {
    return directory.resolve(name);
  }

  private static ByteBuffer ordered(byte[] image) {
    return ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns where the entry of a grain is in its extent, by one of two directories. */
  private static int entryAt(byte[] image, int grain, boolean redundant) {
    if (image[0] == 'C') {
      return ordered(image).getInt(2048) * 512 + grain * 4;
    }
    int tables = (int) ordered(image).getLong(redundant ? 48 : 56) * 512;
    return ordered(image).getInt(tables + grain / 64 * 4) * 512 + grain % 64 * 4;
  }

  private CheckReport check() throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(file(), Images.READ_ONLY)) {
      return image.check();
    }
  }

  private RepairReport repair() throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(file(), WriteTest.WRITABLE)) {
      return image.repair(Repair.ALL);
    }
  }

  /** Returns what the disk shows, grain by grain; null where it cannot be read. */
  private byte[][] shown(Kind kind) throws IOException {
    byte[][] grains = new byte[kind.extents * GRAINS][];
    try (DiskImage image = DiskImages.open(file(), Images.READ_ONLY)) {
      for (int i = 0; i < grains.length; i++) {
        try {
          byte[] grain = new byte[GRAIN_BYTES];
          image.read((long) i * GRAIN_BYTES, grain);
          grains[i] = grain;
        } catch (IOException e) {
          // Left out.
        }
      }
    } catch (IOException e) {
      // All of it.
    }
    return grains;
  }

  private static byte[] grain(byte[] disk, int grain) {
    return Arrays.copyOfRange(disk, grain * GRAIN_BYTES, (grain + 1) * GRAIN_BYTES);
  }

  private List<byte[]> files(Kind kind) throws IOException {
    List<byte[]> files = new ArrayList<>();
    for (int i = 0; i < kind.extents; i++) {
      files.add(Files.readAllBytes(extent(i)));
    }
    files.add(Files.readAllBytes(file()));
    if (kind.child) {
      files.add(Files.readAllBytes(at("parent.vmdk")));
    }
    return files;
  }

  /** In the last extent; whatever else there is stays as it is. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void anEntryThatIsWrong(Kind kind) throws IOException {
    byte[] expected = create(kind);
    List<byte[]> before = files(kind);
    int last = kind.extents - 1;
    byte[] image = before.get(last).clone();
    // One that says a grain beyond the end of the file.
    ordered(image).putInt(entryAt(image, 6, false), 1 << 22);
    Files.write(extent(last), image);
    CheckReport found = check();
    assertEquals(1 + (kind.isRedundant() ? 1 : 0), found.corruptions(), found.toString());
    assertTrue(
        found.problems().getFirst().structure().startsWith(extent(last).getFileName() + ": "),
        found.toString());
    RepairReport report = repair();
    int number = last * GRAINS + 6;
    byte[][] shown = shown(kind);
    List<byte[]> after = files(kind);
    if (kind.child && !kind.isRedundant()) {
      // There is no entry for that it is zero, and the parent has what is older.
      assertEquals(1, report.left().corruptions(), report.toString());
      assertEquals(null, shown[number]);
      assertArrayEquals(image, after.get(last));
    } else {
      assertTrue(report.left().isClean(), report.toString());
      byte[] lost = new byte[GRAIN_BYTES];
      assertArrayEquals(kind.isRedundant() ? grain(expected, number) : lost, shown[number]);
    }
    for (int i = 0; i < shown.length; i++) {
      if (i != number) {
        assertArrayEquals(grain(expected, i), shown[i], "grain " + i);
      }
    }
    for (int i = 0; i < before.size(); i++) {
      if (i != last) {
        assertArrayEquals(before.get(i), after.get(i), "file " + i);
      }
    }
  }

  /** Over a parent whose data is older, what neither table knows becomes zero. */
  @Test
  void whatIsLostOfADifferenceDoesNotShowItsParent() throws IOException {
    byte[] expected = create(Kind.SPLIT_CHILD);
    byte[] image = Files.readAllBytes(extent(0));
    ordered(image).putInt(entryAt(image, 6, false), 1 << 22);
    ordered(image).putInt(entryAt(image, 6, true), 1 << 23);
    Files.write(extent(0), image);
    assertTrue(repair().left().corruptions() == 0);
    Arrays.fill(expected, 6 * GRAIN_BYTES, 7 * GRAIN_BYTES, (byte) 0);
    assertArrayEquals(expected, Images.content(file()));
  }

  @Test
  void ofACowdExtent() throws IOException {
    byte[] expected = create(Kind.COWD);
    byte[] intact = Files.readAllBytes(extent(0));
    // Grains that share a place, what nobody owns, and a mark that it was not closed.
    byte[] image = Arrays.copyOf(intact, intact.length + 3 * GRAIN_BYTES);
    Arrays.fill(image, intact.length, image.length, (byte) 1);
    ordered(image)
        .putInt(entryAt(image, 1, false), ordered(image).getInt(entryAt(image, 0, false)));
    image[1648] = 1;
    Files.write(extent(0), image);
    System.arraycopy(expected, 0, expected, GRAIN_BYTES, GRAIN_BYTES);
    assertArrayEquals(expected, Images.content(file()));
    assertEquals(1, check().corruptions());
    RepairReport report = repair();
    assertEquals(1, report.corruptionsFixed());
    assertTrue(report.left().isClean(), report.toString());
    byte[] repaired = Files.readAllBytes(extent(0));
    assertEquals(0, repaired[1648]);
    // The header says where free space begins.
    assertEquals(repaired.length / 512, ordered(repaired).getInt(28));
    assertEquals("", CowdUnderTest.COWD.problemOf(extent(0)));
    assertArrayEquals(expected, Images.content(file()));
    assertTrue(repaired.length <= image.length + 2 * GRAIN_BYTES, repaired.length + " bytes");
  }

  /** Each operation on the extent's file fails in turn, or the host is full. */
  @ParameterizedTest
  @EnumSource(value = Kind.class, names = {"COWD", "SPLIT"})
  void aRepairThatFailsIsFinishedByTheNext(Kind kind) throws IOException {
    var _ = create(kind);
    byte[] image = Files.readAllBytes(extent(0));
    ordered(image).putInt(entryAt(image, 3, false), 1 << 22);
    for (boolean redundant : new boolean[] {false, true}) {
      int shared = ordered(image).getInt(entryAt(image, 6, redundant && kind.isRedundant()));
      ordered(image).putInt(entryAt(image, 7, redundant && kind.isRedundant()), shared);
    }
    byte[] damaged = Arrays.copyOf(image, image.length + 2 * GRAIN_BYTES);
    Files.write(extent(0), damaged);
    byte[][] before = shown(kind);
    assertEquals(0, repair().left().corruptions());
    byte[][] after = shown(kind);
    Storage storage = new PagedStorage("x");
    storage.write(0, MemorySegment.ofArray(damaged));
    int failures =
        new FailingWork(
                List.of(storage),
                images -> repair(images.getFirst(), kind),
                (images, done) -> {
                  Storage left = images.getFirst();
                  Files.write(extent(0), left.read(0, Math.toIntExact(left.size())).array());
                  byte[][] found = shown(kind);
                  for (int i = 0; i < found.length; i++) {
                    assertTrue(
                        Arrays.equals(found[i], after[i])
                            || (!done && Arrays.equals(found[i], before[i])),
                        "grain " + i);
                  }
                },
                new Random(1))
            .run();
    assertTrue(failures > 10, failures + " failures");
  }

  private static void repair(Storage storage, Kind kind) throws IOException {
    ExtentRepair repair;
    if (kind.isCowd()) {
      long firstGrain = CowdExtent.tables(storage).shape().firstGrain();
      repair =
          new ExtentRepair(
              storage,
              () -> CowdExtent.tables(storage),
              new CowdFields(storage, firstGrain),
              false);
    } else {
      SparseHeader header = SparseHeader.read(storage, 0);
      repair =
          new ExtentRepair(
              storage,
              () -> ExtentTables.hosted(storage, SparseHeader.read(storage, 0), false),
              new HostedFields(storage, header, false),
              false);
    }
    repair.correct();
    repair.finish(false);
  }

  /** Repeats damage at random, and looks that nothing which was not touched changes. */
  @Test
  void nothingGetsWorse() throws IOException {
    Random random = new Random(Seeds.of(RepairOfFilesTest.class, 1));
    for (int round = 0; round < ROUNDS; round++) {
      Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
      byte[] original = create(kind);
      BitSet touched = new BitSet();
      for (int i = 0; i < kind.extents; i++) {
        Files.write(extent(i), damaged(kind, i, random, touched));
      }
      byte[][] before = shown(kind);
      CheckReport found = check();
      RepairReport report = repair();
      String what = round + ", " + kind + ": " + found.problems() + " -> " + report;
      assertTrue(report.left().corruptions() <= found.corruptions(), what);
      // What is left of these shows what tables hold.
      left(report.left()).forEach(i -> touched.clear(i));
      left(report.left()).forEach(i -> before[i] = null);
      assertNoWorse(original, before, touched, shown(kind), what);
      if (report.left().corruptions() == 0 && report.left().checkErrors() == 0) {
        byte[][] shown = shown(kind);
        try (DiskImage disk = DiskImages.open(file(), WriteTest.WRITABLE)) {
          disk.write(0, shown[0]);
        }
        assertTrue(check().isClean(), what);
        assertArrayEquals(shown, shown(kind), what);
      }
    }
  }

  /** Returns the grains of which entries are left that cannot be right. */
  private static List<Integer> left(CheckReport report) {
    List<Integer> grains = new ArrayList<>();
    for (CheckReport.Problem problem : report.problems()) {
      Matcher entry = ENTRY.matcher(problem.structure());
      if (entry.matches()) {
        grains.add(Integer.parseInt(entry.group(1)) * GRAINS + Integer.parseInt(entry.group(2)));
      }
    }
    return grains;
  }

  private static void assertNoWorse(
      byte[] original, byte[][] before, BitSet touched, byte[][] after, String what) {
    byte[] lost = new byte[GRAIN_BYTES];
    for (int i = 0; i < before.length; i++) {
      byte[] was = grain(original, i);
      boolean same = Arrays.equals(before[i], after[i]) || Arrays.equals(was, after[i]);
      // Of what could not be read, or of a grain that was cut off, nobody else knows what it was.
      boolean right =
          same
              || before[i] == null
              || (touched.get(i) && (after[i] == null || Arrays.equals(lost, after[i])));
      assertTrue(
          right, what + ": grain " + i + (after[i] == null ? " cannot be read" : " changed"));
    }
  }

  private byte[] damaged(Kind kind, int number, Random random, BitSet touched) throws IOException {
    byte[] intact = Files.readAllBytes(extent(number));
    byte[] image = intact.clone();
    for (int i = random.nextInt(4); i > 0; i--) {
      boolean redundant = kind.isRedundant() && random.nextBoolean();
      int grain = random.nextInt(GRAINS);
      if (touched.get(number * GRAINS + grain)) {
        // Of two tables that are both wrong, either may be taken for the right one.
        continue;
      }
      int at = entryAt(intact, grain, redundant);
      int[] values = {
        0,
        1,
        2,
        at / 512,
        image.length / 512,
        ordered(intact).getInt(entryAt(intact, random.nextInt(GRAINS), false)),
        random.nextInt(image.length / 512),
        random.nextInt()
      };
      int value = values[random.nextInt(values.length)];
      // Some tools end the last table with the disk, so a grain in the rest of it reads as any.
      boolean inRest = kind.isCowd() && value > 4 && value < 5 + 32;
      ordered(image).putInt(at, inRest ? 4 : value);
      touched.set(number * GRAINS + grain);
    }
    return random.nextInt(5) == 0
        ? Arrays.copyOf(image, image.length - random.nextInt(20_000))
        : image;
  }
}
