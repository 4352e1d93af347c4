package io.diskformat.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FailingWork;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.Field;
import io.diskformat.testing.Mutation;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is damaged is found, and repaired as promised; what is cut off meanwhile is no worse. */
final class RepairTest {
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("vmdk");
  private static final int SECTORS = 1500;
  private static final int GRAIN = 8;
  private static final int ROUNDS = Integer.getInteger("diskformat.vmdk.repairs", 200);

  private static Disk disk() {
    return Disk.mixed(1, SECTORS, GRAIN, Grain.STORED, Grain.STORED, Grain.HOLE);
  }

  private static byte[] intact(boolean redundant, boolean zeroed) {
    SparseFile file = new SparseFile(disk()).described();
    file.redundant = redundant;
    file.zeroFlag = zeroed;
    file.tableEntries = 128;
    return file.build().toArray();
  }

  private static ByteBuffer ordered(byte[] image) {
    return ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns where the entry of a grain is, by the first or the redundant directory. */
  private static int entryAt(byte[] image, int grain, boolean redundant) {
    int directory = (int) ordered(image).getLong(redundant ? 48 : 56) * 512;
    return ordered(image).getInt(directory + grain / 128 * 4) * 512 + grain % 128 * 4;
  }

  private static RepairReport repaired(Storage storage, Repair repair) throws IOException {
    try (ImageMaintenance image = DiskImages.maintain(kept(storage), WRITABLE)) {
      return image.repair(repair);
    }
  }

  private static CheckReport checked(Storage storage) throws IOException {
    try (ImageMaintenance image =
        DiskImages.maintain(kept(storage), OpenOptions.readOnly().format("vmdk"))) {
      return image.check();
    }
  }

  /** Closing the image leaves the storage open. */
  private static Storage kept(Storage storage) {
    return new KeptOpen(storage);
  }

  /** Returns what the disk shows, grain by grain; null where it cannot be read. */
  private static byte[][] shown(Storage storage) throws IOException {
    byte[][] grains = new byte[Math.ceilDiv(SECTORS, GRAIN)][];
    try (DiskImage image = DiskImages.open(kept(storage), OpenOptions.readOnly().format("vmdk"))) {
      for (int i = 0; i < grains.length; i++) {
        int length = Math.min(GRAIN, SECTORS - i * GRAIN) * 512;
        byte[] grain = new byte[length];
        try {
          image.read((long) i * GRAIN * 512, grain);
          grains[i] = grain;
        } catch (IOException e) {
          // Left out.
        }
      }
    } catch (IOException e) {
      // None can be read.
    }
    return grains;
  }

  private static void assertShows(byte[] content, Storage storage) throws IOException {
    byte[][] grains = shown(storage);
    for (int i = 0; i < grains.length; i++) {
      byte[] expected =
          Arrays.copyOfRange(
              content, i * GRAIN * 512, Math.min(content.length, (i + 1) * GRAIN * 512));
      assertArrayEquals(expected, grains[i], "grain " + i);
    }
  }

  /** Whatever one of the two tables says instead: the other one says what it was. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anEntryOfOneTableIsRepairedFromTheOther(boolean redundant) throws IOException {
    byte[] intact = intact(true, false);
    int file = intact.length / 512;
    int other = ordered(intact).getInt(entryAt(intact, 3, false));
    for (int grain : new int[] {0, 1, 130, 187}) {
      int present = ordered(intact).getInt(entryAt(intact, grain, false));
      for (int value : new int[] {0, 1, 2, 21, file, file + 8, -1, other}) {
        if (value == present) {
          continue;
        }
        byte[] image = intact.clone();
        ordered(image).putInt(entryAt(image, grain, redundant), value);
        MemoryStorage storage = MemoryStorage.of("image", image);
        String what = "grain " + grain + " is " + value;
        assertTrue(checked(storage).corruptions() > 0, what);
        if (present == 0 && value == other && !redundant) {
          // Nobody can know that.
          continue;
        }
        RepairReport report = repaired(storage, Repair.ALL);
        assertTrue(report.left().isClean(), what + ": " + report);
        assertTrue(report.corruptionsFixed() > 0, what);
        if (!(present == 0 && value == other)) {
          assertShows(disk().content, storage);
        }
        assertTrue(repaired(storage, Repair.ALL).left().isClean());
        writeTo(storage);
      }
    }
  }

  /** A writer takes it for sound. */
  private static void writeTo(Storage storage) throws IOException {
    try (DiskImage image = DiskImages.open(kept(storage), WRITABLE)) {
      image.write(5, new byte[] {1});
    }
    assertTrue(checked(storage).isClean());
  }

  @Test
  void directoriesAreRepairedFromEachOther() throws IOException {
    byte[] intact = intact(true, false);
    for (int field : new int[] {48, 56}) {
      int at = (int) ordered(intact).getLong(field) * 512;
      for (long value : new long[] {0, 1, 1 << 20, 0xffff_ffffL, intact.length / 512}) {
        byte[] image = intact.clone();
        ordered(image).putLong(field, value);
        repairAll(image, "field " + field + " is " + value);
        image = intact.clone();
        ordered(image).putInt(at + 4, (int) value);
        repairAll(image, "entry of the directory at " + at + " is " + value);
        image = intact.clone();
        Arrays.fill(image, at, at + 8, (byte) value);
        repairAll(image, "all of the directory at " + at + " is " + (byte) value);
      }
    }
  }

  private static void repairAll(byte[] image, String what) throws IOException {
    MemoryStorage storage = MemoryStorage.of("image", image);
    RepairReport report = repaired(storage, Repair.ALL);
    assertEquals(0, report.left().corruptions(), what + ": " + report.left().problems());
    assertTrue(report.corruptionsFixed() > 0, what);
    assertShows(disk().content, storage);
    writeTo(storage);
  }

  @Test
  void withoutARedundantOneWhatIsLostBecomesEmpty() throws IOException {
    byte[] image = intact(false, false);
    ordered(image).putInt(entryAt(image, 1, false), 1 << 20);
    ordered(image).putInt(entryAt(image, 3, false), 1);
    MemoryStorage storage = MemoryStorage.of("image", image);
    assertEquals(2, checked(storage).corruptions());
    assertEquals(0, repaired(storage, Repair.ALL).left().corruptions());
    Disk expected = disk();
    expected.set(1, Grain.HOLE);
    expected.set(3, Grain.HOLE);
    assertShows(expected.content, storage);
  }

  @Test
  void grainsThatShareAPlaceGetOneEach() throws IOException {
    byte[] image = intact(false, false);
    ordered(image)
        .putInt(entryAt(image, 4, false), ordered(image).getInt(entryAt(image, 0, false)));
    MemoryStorage storage = MemoryStorage.of("image", image);
    byte[][] before = shown(storage);
    RepairReport left = repaired(storage, Repair.LEAKS);
    assertEquals(1, left.left().corruptions());
    RepairReport report = repaired(storage, Repair.ALL);
    assertEquals(1, report.corruptionsFixed());
    assertEquals(0, report.left().corruptions(), report.left().problems().toString());
    assertArrayEquals(before, shown(storage));
  }

  @Test
  void aTableOfNonsenseDoesNotFillTheHost() throws IOException {
    byte[] image = intact(false, false);
    int first = ordered(image).getInt(entryAt(image, 0, false));
    for (int grain = 0; grain < Math.ceilDiv(SECTORS, GRAIN); grain++) {
      ordered(image).putInt(entryAt(image, grain, false), first);
    }
    MemoryStorage storage = MemoryStorage.of("image", image);
    byte[][] before = shown(storage);
    repaired(storage, Repair.ALL);
    assertTrue(storage.size() <= 2L * image.length + GRAIN * 512);
    assertArrayEquals(before, shown(storage));
  }

  @Test
  void whatNobodyOwnsIsALeakAndGivenBack() throws IOException {
    byte[] image = intact(true, false);
    byte[] longer = Arrays.copyOf(image, image.length + 3 * GRAIN * 512);
    Arrays.fill(longer, image.length, longer.length, (byte) 1);
    MemoryStorage storage = MemoryStorage.of("image", longer);
    CheckReport found = checked(storage);
    assertEquals(3, found.leaks(), found.problems().toString());
    assertEquals(0, found.corruptions());
    RepairReport report = repaired(storage, Repair.LEAKS);
    assertEquals(3, report.leaksFixed());
    assertTrue(report.left().isClean());
    assertEquals(image.length, storage.size());
    assertShows(disk().content, storage);
  }

  @Test
  void theUncleanFlagGoesAndTablesAreMadeAlike() throws IOException {
    byte[] image = intact(true, false);
    image[72] = 1;
    ordered(image).putInt(entryAt(image, 0, true), 0);
    MemoryStorage storage = MemoryStorage.of("image", image);
    assertEquals(0, checked(storage).corruptions());
    assertTrue(repaired(storage, Repair.LEAKS).left().isClean());
    assertEquals(0, storage.read(72, 1).get(0));
    assertShows(disk().content, storage);
  }

  /** Repeats damage at random, and looks that nothing which was not touched changes. */
  @Test
  void nothingGetsWorse() throws IOException {
    Random random = new Random(Seeds.of(RepairTest.class, 1));
    for (int round = 0; round < ROUNDS; round++) {
      BitSet touched = new BitSet();
      byte[] image = intact(random.nextBoolean(), random.nextBoolean());
      MemoryStorage storage = MemoryStorage.of("image", damaged(image, random, touched));
      byte[][] before = shown(storage);
      CheckReport found = checked(storage);
      RepairReport report = repaired(storage, Repair.ALL);
      assertTrue(report.left().corruptions() <= found.corruptions(), round + ": " + found + report);
      assertNoWorse(
          before,
          touched,
          shown(storage),
          round + ": " + found.problems() + " -> " + report.left().problems());
      RepairReport again = repaired(storage, Repair.ALL);
      assertTrue(
          again.left().corruptions() <= report.left().corruptions(), round + ": " + report + again);
    }
  }

  /** What could be read can be read, and holds what it did, or what the redundant table had. */
  private static void assertNoWorse(byte[][] before, BitSet touched, byte[][] after, String what) {
    Disk intact = disk();
    for (int i = 0; i < before.length; i++) {
      if (before[i] != null && !touched.get(i)) {
        byte[] original =
            Arrays.copyOfRange(
                intact.content,
                i * GRAIN * 512,
                Math.min(intact.content.length, (i + 1) * GRAIN * 512));
        assertTrue(
            Arrays.equals(before[i], after[i]) || Arrays.equals(original, after[i]),
            what + ": grain " + i + (after[i] == null ? " cannot be read" : " changed"));
      }
    }
  }

  private static byte[] damaged(byte[] image, Random random, BitSet touched) {
    byte[] intact = image.clone();
    for (int i = random.nextInt(6); i >= 0; i--) {
      boolean redundant = random.nextBoolean() && ordered(image).getLong(48) > 0;
      int grain = random.nextInt(Math.ceilDiv(SECTORS, GRAIN));
      int directory = (int) ordered(image).getLong(redundant ? 48 : 56) * 512;
      int table = entryAt(intact, grain, redundant) / 512;
      int at =
          random.nextInt(4) > 0 ? entryAt(intact, grain, redundant) : directory + grain / 128 * 4;
      boolean entry = at != directory + grain / 128 * 4;
      touched.set(entry ? grain : grain / 128 * 128, entry ? grain + 1 : (grain / 128 + 1) * 128);
      int[] values = {
        0, 1, 2, table, image.length / 512, random.nextInt(image.length / 512), random.nextInt()
      };
      ordered(image).putInt(at, values[random.nextInt(values.length)]);
    }
    return random.nextInt(5) == 0
        ? Arrays.copyOf(image, image.length - random.nextInt(20_000))
        : image;
  }

  /** Of every field of every structure, some of the values that might hurt. */
  @Test
  void hostileFields() throws IOException {
    Random random = new Random(Seeds.of(RepairTest.class, 1));
    StreamFile stream = new StreamFile(Disk.mixed(2, 100, GRAIN, Grain.STORED, Grain.HOLE));
    for (byte[] image : List.of(intact(true, true), stream.build().toArray())) {
      for (Field field : new VmdkStructures(image).fields()) {
        for (Mutation mutation : field.mutations(ByteBuffer.wrap(image), 512)) {
          if (random.nextInt(20) == 0) {
            byte[] changed = image.clone();
            System.arraycopy(
                mutation.bytes(), 0, changed, (int) mutation.position(), mutation.bytes().length);
            repairHostile(changed, mutation.what());
          }
        }
      }
    }
  }

  private static void repairHostile(byte[] image, String what) throws IOException {
    MemoryStorage storage = MemoryStorage.of("image", image);
    try {
      long found = checked(storage).corruptions();
      assertTrue(repaired(storage, Repair.ALL).left().corruptions() <= found, what);
    } catch (DiskFormatException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("image"), what + ": " + e);
    } catch (RuntimeException e) {
      throw new AssertionError(what, e);
    }
    assertTrue(storage.size() <= 4L * image.length, what + " makes " + storage.size() + " bytes");
  }

  // Crashes

  private static byte[] muchDamaged() {
    byte[] image = intact(true, false);
    ByteBuffer fields = ordered(image);
    fields.putInt(entryAt(image, 0, false), 1 << 20);
    fields.putInt(entryAt(image, 1, true), 0);
    int shared = fields.getInt(entryAt(image, 6, false));
    fields.putInt(entryAt(image, 7, false), shared);
    fields.putInt(entryAt(image, 7, true), shared);
    fields.putInt((int) fields.getLong(48) * 512 + 4, 1 << 21);
    return image;
  }

  private static void look(Storage storage, byte[][] before, byte[][] after) throws IOException {
    byte[][] found = shown(storage);
    for (int i = 0; i < found.length; i++) {
      assertTrue(
          Arrays.equals(found[i], before[i]) || Arrays.equals(found[i], after[i]), "grain " + i);
    }
    RepairReport report = repaired(storage, Repair.ALL);
    assertEquals(0, report.left().corruptions(), report.left().problems().toString());
    assertArrayEquals(after, shown(storage));
  }

  private static byte[][] after(byte[] image) throws IOException {
    MemoryStorage storage = MemoryStorage.of("image", image);
    assertEquals(0, repaired(storage, Repair.ALL).left().corruptions());
    return shown(storage);
  }

  /** Each operation on the file fails in turn, or all do from there on, or the host is full. */
  @Test
  void aRepairThatFailsIsFinishedByTheNext() throws IOException {
    byte[] image = muchDamaged();
    byte[][] before = shown(MemoryStorage.of("image", image));
    byte[][] after = after(image);
    PagedStorage damaged = new PagedStorage("image");
    damaged.write(0, MemorySegment.ofArray(image));
    int failures =
        new FailingWork(
                List.of(damaged),
                images -> repaired(images.getFirst(), Repair.ALL),
                (images, done) -> look(images.getFirst(), before, after),
                new Random(1))
            .run();
    assertTrue(failures > 10, failures + " failures");
  }

  private static long cut(RepairStep leftOut) throws IOException {
    byte[] image = muchDamaged();
    byte[][] before = shown(MemoryStorage.of("image", image));
    byte[][] after = after(image);
    PagedStorage damaged = new PagedStorage("image");
    damaged.write(0, MemorySegment.ofArray(image));
    FaultyStorage storage = new FaultyStorage(damaged);
    if (leftOut != null) {
      storage.leaveOutBarrier(leftOut);
    }
    repaired(storage, Repair.ALL);
    return CrashImages.of(storage)
        .check(Seeds.of(RepairTest.class, 1), 40, (left, cut) -> look(left, before, after));
  }

  @Test
  void thePowerIsCut() throws IOException {
    assertTrue(cut(null) > 100);
  }

  /** Without the barrier, some cut leaves something worse. */
  @ParameterizedTest
  @EnumSource(value = RepairStep.class, names = "COPIES")
  void eachBarrierIsNeeded(RepairStep step) throws IOException {
    boolean noticed = false;
    try {
      long _ = cut(step);
    } catch (AssertionError e) {
      noticed = true;
    }
    assertTrue(noticed);
  }

  // Streams

  @Test
  void tablesOfAStreamAreMadeOutOfItsMarkers() throws IOException {
    Disk stored = Disk.mixed(1, SECTORS, GRAIN, Grain.STORED, Grain.HOLE);
    for (boolean front : new boolean[] {true, false}) {
      StreamFile stream = new StreamFile(stored);
      stream.front = front;
      stream.progress = true;
      byte[] intact = stream.build().toArray();
      for (int damage = 0; damage < 3; damage++) {
        byte[] image = intact.clone();
        int header = front ? 0 : image.length - 1024;
        int directory = (int) ordered(image).getLong(header + 56) * 512;
        switch (damage) {
          case 0 -> ordered(image).putLong(header + 56, 1 << 20);
          case 1 -> ordered(image).putInt(directory, 1 << 20);
          default -> ordered(image).putInt(ordered(image).getInt(directory) * 512, 1 << 20);
        }
        MemoryStorage storage = MemoryStorage.of("image", image);
        assertTrue(checked(storage).corruptions() > 0, "damage " + damage);
        RepairReport report = repaired(storage, Repair.ALL);
        assertEquals(0, report.left().corruptions(), report.left().problems().toString());
        assertShows(stored.content, storage);
      }
    }
  }

  /** What lost its end is not guessed at. */
  @Test
  void aStreamThatWasCutShortIsLeftAsItIs() throws IOException {
    byte[] image = new StreamFile(disk()).build().toArray();
    MemoryStorage storage = MemoryStorage.of("image", Arrays.copyOf(image, image.length / 2));
    RepairReport report = repaired(storage, Repair.ALL);
    assertFalse(report.left().isClean());
    assertEquals(image.length / 2, storage.size());
  }
}
