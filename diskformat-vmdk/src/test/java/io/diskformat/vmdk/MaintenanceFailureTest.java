package io.diskformat.vmdk;

import static io.diskformat.testing.FormatUnderTest.inMemory;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FailingWork;
import io.diskformat.testing.FailingWork.Task;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.Seeds;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Resizing, compaction, commits and emptying that fail. */
final class MaintenanceFailureTest {
  private static final int SECTOR = 512;
  private static final int GRAIN = 8;

  @TempDir private Path directory;
  private final Random random = new Random(Seeds.of(getClass(), 1));

  /** What the disk holds before. */
  private byte[] before = new byte[0];

  /** What it holds after. */
  private byte[] after = new byte[0];

  private Path imageFile() {
    return directory.resolve("image.vmdk");
  }

  private Path parentFile() {
    return directory.resolve("parent.vmdk");
  }

  /** An image some of whose grains hold only zeroes; over a parent, if that has any sectors. */
  private void create(int sectors, int sectorsBelow) throws IOException {
    Disk disk = Disk.mixed(random.nextLong(), sectors, GRAIN, Grain.values());
    for (int grain = 0; grain < disk.grains.length; grain += 6) {
      int from = grain * disk.grainBytes();
      Arrays.fill(
          disk.content, from, Math.min(disk.content.length, from + disk.grainBytes()), (byte) 0);
    }
    SparseFile file = new SparseFile(disk);
    file.version = 2;
    file.tableEntries = 16;
    DescriptorFile text = SparseFile.of(disk);
    before = disk.content;
    if (sectorsBelow > 0) {
      Disk below = Disk.mixed(random.nextLong(), sectorsBelow, GRAIN, Grain.STORED);
      // Some of what is stored is what the parent has.
      int same = Math.min(disk.content.length, below.content.length) / 4;
      System.arraycopy(disk.content, 0, below.content, 0, same);
      SparseFile parent = new SparseFile(below);
      parent.version = 2;
      var _ = parent.described().build().write(parentFile());
      text.over("parent.vmdk", "12345678");
      before = disk.over(below.content);
    }
    var _ = file.described(text).build().write(imageFile());
    after = before;
  }

  private NamedStorage named(Storage storage) {
    return new NamedStorage(storage, imageFile());
  }

  private ImageMaintenance maintain(Storage storage) throws IOException {
    return DiskImages.maintain(named(storage), WriteTest.WRITABLE);
  }

  /** The disk is as before or as after, and a writer goes on from there. */
  private void look(Storage storage, boolean done) throws IOException {
    assertEquals("", VmdkAudit.of(storage).corruption());
    try (DiskImage disk = DiskImages.open(named(storage), Images.READ_ONLY)) {
      assertHolds(disk, done);
    }
    try (DiskImage disk = DiskImages.open(named(storage), WriteTest.WRITABLE)) {
      assertHolds(disk, done);
      // So that what was left is gone over.
      byte[] first = new byte[Math.min(1, (int) disk.size())];
      disk.read(0, first);
      disk.write(0, first);
    }
    try (DiskImage disk = DiskImages.open(named(storage), Images.READ_ONLY)) {
      assertHolds(disk, done);
    }
    assertEquals("", VmdkAudit.of(storage).problem());
  }

  private void assertHolds(DiskImage disk, boolean done) throws IOException {
    byte[] found = new byte[Math.toIntExact(disk.size())];
    disk.read(0, found);
    if (done) {
      assertArrayEquals(after, found);
      return;
    }
    assertTrue(found.length == before.length || found.length == after.length);
    byte[] longer = before.length > after.length ? before : after;
    assertArrayEquals(Arrays.copyOf(longer, found.length), found);
  }

  private int fail(Task task) throws IOException {
    return new FailingWork(
            List.of(inMemory(imageFile())),
            task,
            (images, done) -> look(images.getFirst(), done),
            random)
        .run();
  }

  /** Larger, within its tables and beyond; smaller, and empty; over parents of several sizes. */
  @ParameterizedTest
  @CsvSource({
    "200, 250, 0",
    "200, 3000, 0",
    "200, 90, 0",
    "200, 0, 0",
    "200, 700, 100",
    "200, 700, 500",
    "200, 700, 900",
    "200, 90, 300"
  })
  void resizing(int sectors, int newSectors, int sectorsBelow) throws IOException {
    create(sectors, sectorsBelow);
    after = Arrays.copyOf(before, newSectors * SECTOR);
    int failures =
        fail(images -> {
          try (DiskImage disk = DiskImages.open(named(images.getFirst()), WriteTest.WRITABLE)) {
            try {
              disk.resize(after.length);
            } catch (IOException e) {
              assertHolds(disk, false);
              writeAgain(disk);
              throw e;
            }
          }
        });
    assertTrue(failures > 10, failures + " failures");
  }

  /** Whoever goes on writing gets an exception, or does no harm. */
  private static void writeAgain(DiskImage disk) throws IOException {
    byte[] content = new byte[Math.toIntExact(disk.size())];
    disk.read(0, content);
    try {
      disk.write(0, content);
      disk.flush();
    } catch (IOException expected) {
      // It cannot.
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 150})
  void compaction(int sectorsBelow) throws IOException {
    create(400, sectorsBelow);
    int failures =
        fail(images -> {
          try (ImageMaintenance image = maintain(images.getFirst())) {
            image.compact(ProgressListener.NONE);
          }
        });
    assertTrue(failures > 10, failures + " failures");
  }

  /** To a smaller parent, and to a larger one; either file fails. */
  @ParameterizedTest
  @ValueSource(ints = {150, 300})
  void commits(int sectorsBelow) throws IOException {
    create(200, sectorsBelow);
    byte[] below = Images.content(parentFile());
    byte[] merged = Arrays.copyOf(below, Math.max(before.length, below.length));
    System.arraycopy(before, 0, merged, 0, before.length);
    Task commit =
        images -> {
          Storage child = images.getFirst();
          MainFile main = MainFile.read(child);
          try (DiskImage parent =
                  DiskImages.open(
                      new NamedStorage(images.get(1), parentFile()), WriteTest.WRITABLE);
              BlockDevice layer = SparseExtent.open(child, main.header().orElseThrow(), null)) {
            assertEquals(
                List.of(),
                VmdkCommit.run(
                    main.place(child), layer, (VmdkImage) parent, ProgressListener.NONE));
          }
        };
    int failures =
        new FailingWork(
                List.of(inMemory(imageFile()), inMemory(parentFile())),
                commit,
                (images, done) -> {
                  Storage parent = images.get(1);
                  assertEquals("", VmdkAudit.of(parent).corruption());
                  Files.write(parentFile(), parent.read(0, Math.toIntExact(parent.size())).array());
                  look(images.getFirst(), done);
                  if (done) {
                    assertArrayEquals(merged, Images.content(parentFile()));
                    assertEquals("", VmdkAudit.of(parent).problem());
                  }
                },
                random)
            .run();
    assertTrue(failures > 40, failures + " failures");
  }

  @Test
  void emptyingWhatWasCommitted() throws IOException {
    create(200, 300);
    try (ImageMaintenance image = DiskImages.maintain(imageFile(), WriteTest.WRITABLE)) {
      assertEquals(List.of(), image.commit(ProgressListener.NONE));
    }
    int failures =
        fail(images -> {
          try (ImageMaintenance image = maintain(images.getFirst())) {
            image.empty();
          }
        });
    assertTrue(failures > 10, failures + " failures");
  }
}
