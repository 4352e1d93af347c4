package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BitmapChange;
import io.diskformat.CreateOptions;
import io.diskformat.DirtyBitmap;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.Rebase;
import io.diskformat.RecordedReference;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FailingWork;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rebases and changes of bitmaps that fail, on a full disk or otherwise, are broken off, or meet a
 * power cut.
 */
final class ChainFailureTest {
  private static final int SECTOR = 512;

  /** How many remains of each instant are looked at; the property makes a long run. */
  private static final int PER_POINT = Integer.getInteger("diskformat.chain.cuts", 6);

  private static final String FIRST = "first";
  private static final String SECOND = "second";

  @TempDir private Path directory;
  private final long seed = Seeds.of(getClass(), 1);
  private final Random random = new Random(seed);
  private byte[] before = new byte[0];

  private Path file() {
    return directory.resolve("image.qcow2");
  }

  private NamedStorage named(Storage storage) {
    return new NamedStorage(storage, file());
  }

  private static OpenOptions allowed(OpenOptions options) {
    return options.format("qcow2").references(ReferencePolicy.sameDirectory());
  }

  private DiskImage open(Storage storage, OpenOptions options) throws IOException {
    return DiskImages.open(named(storage), allowed(options));
  }

  private ImageMaintenance maintain(Storage storage) throws IOException {
    return DiskImages.maintain(named(storage), allowed(OpenOptions.writable()));
  }

  /** Makes an image with random content, some of it in a backing file, if the options name one. */
  private PagedStorage create(String text, int sectors) throws IOException {
    CreateOptions options =
        CreateOptions.format("qcow2")
            .size((long) sectors * SECTOR)
            .references(ReferencePolicy.sameDirectory());
    for (String option : text.split(" ")) {
      options = options.option(option.split("=")[0], option.split("=")[1]);
    }
    DiskImages.create(file(), options);
    try (DiskImage disk =
        DiskImages.open(
            file(), OpenOptions.writable().references(ReferencePolicy.sameDirectory()))) {
      for (int i = 0; i < 4; i++) {
        byte[] content = new byte[random.nextInt(1, 12) * SECTOR];
        random.nextBytes(content);
        disk.write(random.nextInt(sectors - 12) * SECTOR, content);
      }
      before = content(disk);
    }
    try (Storage file = FileStorage.open(file(), false, FileStorage.Sharing.UNLOCKED)) {
      return PagedStorage.copyOf(file);
    }
  }

  private static byte[] content(DiskImage disk) throws IOException {
    byte[] found = new byte[Math.toIntExact(disk.size())];
    disk.read(0, found);
    return found;
  }

  // Rebases

  @ParameterizedTest
  @CsvSource({
    "cluster_size=512, new.raw",
    "cluster_size=4096 backing_file=old.raw backing_fmt=raw, new.raw",
    "cluster_size=4096 backing_file=old.raw backing_fmt=raw, ''",
    "cluster_size=1024 backing_file=old.raw backing_fmt=raw, a-name-that-is-longer.raw",
    "cluster_size=4096 compat=0.10 backing_file=old.raw backing_fmt=raw, new.raw",
    "cluster_size=16384 extended_l2=on backing_file=old.raw backing_fmt=raw, new.raw"
  })
  void rebasesKeepTheDiskAtEachInstant(String options, String name) throws IOException {
    byte[] old = new byte[100 * SECTOR];
    random.nextBytes(old);
    Files.write(directory.resolve("old.raw"), old);
    byte[] other = Arrays.copyOf(old, 120 * SECTOR);
    random.nextBytes(other);
    System.arraycopy(old, 20 * SECTOR, other, 20 * SECTOR, 50 * SECTOR);
    if (!name.isEmpty()) {
      Files.write(directory.resolve(name), other);
    }
    PagedStorage image = create(options, 140);
    Rebase rebase = name.isEmpty() ? Rebase.ontoNothing() : Rebase.onto(name, "raw");
    FailingWork.Task task =
        images -> {
          try (ImageMaintenance maintained = maintain(images.getFirst())) {
            maintained.rebase(rebase, ProgressListener.NONE);
          }
        };
    int failures =
        new FailingWork(
                List.of(image),
                task,
                (images, done) -> lookAtRebased(images.getFirst(), name, done),
                random)
            .run();
    assertTrue(failures > 5, "only " + failures + " failures");
    FaultyStorage storage = new FaultyStorage(image);
    task.on(List.of(storage));
    long cuts =
        CrashImages.of(storage)
            .check(seed, PER_POINT, (left, _) -> lookAtRebased(left, name, false));
    assertTrue(cuts > 10, "only " + cuts + " cuts");
    lookAtRebased(storage, name, true);
  }

  private void lookAtRebased(Storage storage, String name, boolean done) throws IOException {
    assertEquals("", RefcountAudit.of(storage).corruption());
    for (OpenOptions options : List.of(OpenOptions.readOnly(), OpenOptions.writable())) {
      try (DiskImage disk = open(storage, options)) {
        assertArrayEquals(before, content(disk));
        String recorded = disk.info().backing().map(RecordedReference::name).orElse("");
        assertTrue(recorded.equals(name) || (!done && !name.equals(recorded)), recorded);
      }
    }
    assertEquals("", Qcow2UnderTest.QCOW2.problem(storage));
  }

  /** Without the barrier between, a power cut leaves a header that points to no name. */
  @Test
  void theBarrierAfterTheNameIsMissed() throws IOException {
    Files.write(directory.resolve("old.raw"), new byte[100 * SECTOR]);
    String name = "n".repeat(200) + ".raw";
    Files.write(directory.resolve(name), new byte[100 * SECTOR]);
    PagedStorage image = create("cluster_size=4096 backing_file=old.raw backing_fmt=raw", 140);
    FaultyStorage storage = new FaultyStorage(image).leaveOutBarrier(WriteStep.BACKING_NAME);
    try (ImageMaintenance maintained = maintain(storage)) {
      maintained.rebase(Rebase.onto(name, "raw"), ProgressListener.NONE);
    }
    int[] missed = {0};
    CrashImages.of(storage)
        .check(
            seed,
            300,
            (left, _) -> {
              try {
                lookAtRebased(left, name, false);
              } catch (IOException | AssertionError e) {
                missed[0]++;
              }
            });
    assertTrue(missed[0] > 0, "nobody noticed");
  }

  // Bitmaps

  private static void addFirst(ImageMaintenance image) throws IOException {
    image.change(new BitmapChange.Add(FIRST, OptionalLong.of(SECTOR), true));
  }

  /** Makes the same changes, however far somebody got with them before. */
  private void changeBitmaps(Storage storage) throws IOException {
    try (ImageMaintenance image = maintain(storage);
        DiskImage disk = open(storage, OpenOptions.readOnly().shared())) {
      if (disk.bitmaps().stream().anyMatch(bitmap -> bitmap.name().equals(SECOND))) {
        image.change(new BitmapChange.Remove(SECOND));
      }
      image.change(new BitmapChange.Add(SECOND, OptionalLong.of(4096), false));
      DirtyCursor.Range[] ranges = {new DirtyCursor.Range(0, 10_000), null};
      int[] at = {0};
      image.change(new BitmapChange.Merge(SECOND, () -> ranges[at[0]++]));
      image.change(new BitmapChange.Enable(SECOND));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cluster_size=512", "cluster_size=4096"})
  void changesOfBitmapsAreMadeAsAWhole(String options) throws IOException {
    PagedStorage image = create(options, 140);
    try (ImageMaintenance maintained = maintain(image)) {
      addFirst(maintained);
    }
    int failures =
        new FailingWork(
                List.of(image),
                images -> changeBitmaps(images.getFirst()),
                (images, done) -> lookAtBitmaps(images.getFirst(), done),
                random)
            .run();
    assertTrue(failures > 10, "only " + failures + " failures");
    FaultyStorage storage = new FaultyStorage(image);
    changeBitmaps(storage);
    CrashImages.of(storage).check(seed, PER_POINT, (left, _) -> lookAtBitmaps(left, false));
    lookAtBitmaps(storage, true);
  }

  private void lookAtBitmaps(Storage storage, boolean done) throws IOException {
    assertEquals("", RefcountAudit.of(storage).corruption());
    try (DiskImage disk = open(storage, OpenOptions.writable())) {
      assertArrayEquals(before, content(disk));
    }
    try (DiskImage disk = open(storage, OpenOptions.readOnly())) {
      List<DirtyBitmap> bitmaps = disk.bitmaps();
      assertEquals(new DirtyBitmap(FIRST, SECTOR, true, false), bitmaps.getFirst());
      assertEquals(null, disk.dirtyRanges(FIRST).next());
      boolean added = bitmaps.size() == 2;
      assertTrue(added || !done);
      if (added) {
        assertEquals(
            new DirtyBitmap(SECOND, 4096, done || bitmaps.getLast().enabled(), false),
            bitmaps.getLast());
        DirtyCursor.Range range = disk.dirtyRanges(SECOND).next();
        assertTrue((range == null && !done) || new DirtyCursor.Range(0, 3 * 4096).equals(range));
      }
    }
    assertEquals("", Qcow2UnderTest.QCOW2.problem(storage));
  }

  /** What passes for consistent has recorded all that has changed. */
  @ParameterizedTest
  @ValueSource(strings = {"cluster_size=512", "cluster_size=4096", "cluster_size=65536"})
  void writesAreRecordedOrTheBitmapIsNotBelieved(String options) throws IOException {
    PagedStorage image = create(options, 140);
    try (ImageMaintenance maintained = maintain(image)) {
      addFirst(maintained);
    }
    byte[] written = new byte[20 * SECTOR];
    random.nextBytes(written);
    FailingWork.Task task =
        images -> {
          try (DiskImage disk = open(images.getFirst(), OpenOptions.writable())) {
            disk.write(7, written);
            disk.flush();
            disk.write(100 * SECTOR, written);
          }
        };
    new FailingWork(List.of(image), task, (images, _) -> lookAtRecorded(images.getFirst()), random)
        .run();
    FaultyStorage storage = new FaultyStorage(image);
    task.on(List.of(storage));
    CrashImages.of(storage).check(seed, PER_POINT, (left, _) -> lookAtRecorded(left));
    try (DiskImage disk = open(storage, OpenOptions.readOnly())) {
      DirtyCursor ranges = disk.dirtyRanges(FIRST);
      assertEquals(new DirtyCursor.Range(0, 21 * SECTOR), ranges.next());
      assertEquals(new DirtyCursor.Range(100 * SECTOR, 20 * SECTOR), ranges.next());
      assertEquals(null, ranges.next());
    }
  }

  private void lookAtRecorded(Storage storage) throws IOException {
    assertEquals("", RefcountAudit.of(storage).corruption());
    try (DiskImage disk = open(storage, OpenOptions.readOnly())) {
      if (!disk.bitmaps().getFirst().inconsistent()) {
        byte[] unrecorded = content(disk);
        DirtyCursor ranges = disk.dirtyRanges(FIRST);
        for (DirtyCursor.Range range = ranges.next(); range != null; range = ranges.next()) {
          System.arraycopy(
              before, (int) range.offset(), unrecorded, (int) range.offset(), (int) range.length());
        }
        assertArrayEquals(before, unrecorded, "changed, and not recorded as such");
      }
    }
  }
}
